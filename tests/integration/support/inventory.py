# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory of a lab: one host, which is its pool."""

from __future__ import annotations

import typing as t

from .lab import Lab

Json = dict[str, t.Any]


def inventory(lab: Lab, **changes: t.Any) -> Json:
    """One pool; ``xapi`` and ``cloudstack`` change connection options, all else is a variable of the pool."""
    xapi = {**lab.xapi_connection(), **changes.pop("xapi", {})}
    cloudstack = {**lab.cloudstack_connection(), **changes.pop("cloudstack", {})}
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "xapi_connection": xapi,
        "cloudstack_connection": cloudstack,
        "maintenance_waiting": {"poll_interval": 0.2, "progress_interval": 2.0},
        **changes,
    }
    return {"xencloud_pools": {"hosts": {"pool-a": variables}}}
