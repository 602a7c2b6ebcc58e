# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class host about emptying it (``xapi.md`` 5.4)."""

from __future__ import annotations

import typing as t

from ...timeline import Completion
from .. import ha_plan, operations
from ..errors import XapiError
from ..evacuation import Evacuation, obstacles, plan
from ..forward import machine_for
from ..model import NULL
from ..registry import Call, message
from ..rows import guests_on


@message("host", "get_vms_which_prevent_evacuation")
def host_get_vms_which_prevent_evacuation(call: Call, host: str) -> dict[str, list[str]]:
    call.db.row("host", host)
    found = obstacles(call.toolstack.pool, call.db, host)
    return {vm: error.description for vm, error in found.items()}


@message("host", "assert_can_evacuate")
def host_assert_can_evacuate(call: Call, host: str) -> None:
    """All reasons in one string: ``CODE,param|CODE,param``."""
    found = host_get_vms_which_prevent_evacuation(call, host)
    if found:
        raise XapiError("CANNOT_EVACUATE_HOST", "|".join(",".join(reason) for reason in found.values()))


@message("host", "evacuate")
def host_evacuate(call: Call, host: str, *later: t.Any) -> Completion | None:
    """Neither needs nor sets ``enabled``; any error of the plan, and nothing moves.

    :param later: the migration network (1.297.0) and the batch size (23.27.0).
    """
    network = later[0] if later else NULL
    batch = later[1] if len(later) > 1 else 0
    return _evacuate(call, host, network, batch or call.toolstack.pool.profile.batch_evacuation)


def _evacuate(call: Call, host: str, network: str, batch: int) -> Completion | None:
    db = call.db
    db.row("host", host)
    ha_plan.assert_preserved(db, ha_plan.Change(disabled=host))
    operations.assert_host(db, host, "evacuate")
    if not guests_on(db, host):
        return None
    if network != NULL:
        _assert_network(call, host, network)
    places = plan(call.toolstack.pool, db, host)
    for place in places.values():
        if isinstance(place, XapiError):
            raise place
    machine_for(call.world, db, host)
    moves = {vm: place for vm, place in places.items() if isinstance(place, str)}
    return Evacuation(call, host, moves, batch).submit()


def _assert_network(call: Call, host: str, network: str) -> None:
    """Every destination has an attached interface with an address on the migration network."""
    db = call.db
    for target, row in db.rows("host").items():
        if target == host or not row["enabled"]:
            continue
        pifs = [pif for pif in db.related("host", target, "PIFs") if db.row("PIF", pif)["network"] == network]
        if not pifs:
            raise XapiError("PIF_NOT_PRESENT", target, network)
        pif = db.row("PIF", pifs[0])
        if not pif["currently_attached"]:
            raise XapiError("REQUIRED_PIF_IS_UNPLUGGED", pifs[0])
        if not pif["IP"]:
            raise XapiError("INTERFACE_HAS_NO_IP", pifs[0])
