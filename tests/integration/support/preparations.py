# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be done before a module may do its work on xen02, as tasks."""

from __future__ import annotations

import typing as t

Json = dict[str, t.Any]

PREFIX = "xencloud.maintenance."

HA_OFF: Json = {PREFIX + "xapi_pool_ha": {"state": "disabled"}}
EMPTY_XEN02: list[Json] = [
    {PREFIX + "maintenance_plan": {"mode": "drain", "hosts": ["xen02"]}, "register": "drain"},
    {PREFIX + "cloudstack_vm_migrate": {"moves": "{{ drain.plan.hosts[0].cloudstack_moves }}"}},
    {PREFIX + "xapi_vm_migrate": {"moves": "{{ drain.plan.hosts[0].xapi_moves }}"}},
]
DISABLE_XEN02: Json = {PREFIX + "xapi_host": {"host": "xen02", "state": "disabled"}}
OUT = [HA_OFF, *EMPTY_XEN02, DISABLE_XEN02]
