# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this CloudStack can do."""

from __future__ import annotations

from ..call import Call
from ..envelope import Body
from ..registry import Command, Listing, command, everything


@command("listCapabilities")
def list_capabilities(call: Call) -> Body:
    """The version is what clients look for."""
    return {
        "capability": {
            "securitygroupsenabled": False,
            "dynamicrolesenabled": True,
            "cloudstackversion": call.server.version,
            "userpublictemplateenabled": True,
            "supportELB": "false",
            "projectinviterequired": False,
            "allowusercreateprojects": True,
            "customdiskofferingmaxsize": 1024,
            "regionsecondaryenabled": False,
            "kvmsnapshotenabled": False,
            "allowuserviewdestroyedvm": False,
            "allowuserexpungerecovervm": False,
        }
    }


@command("listApis", "name")
def list_apis(call: Call) -> Listing:
    """The commands that the lab answers."""
    wanted = call.text("name")
    return Listing("api", [_api(c) for c in everything(call.server.profile) if not wanted or c.name == wanted])


def _api(c: Command) -> Body:
    params = [{"name": p, "type": "string", "required": p in c.required, "description": p} for p in c.params]
    return {"name": c.name, "description": c.name, "isasync": c.is_async, "related": "", "params": params}
