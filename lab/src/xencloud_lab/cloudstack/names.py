# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guests of an estate are called in XAPI: CloudStack names its own (``cloudstack.md`` 1.8)."""

from __future__ import annotations

import itertools

from ..estate import Estate, Owner, PoolSpec, VmSpec

ACCOUNT_ID = 2
_PATTERNS: dict[Owner, str] = {
    "user": f"i-{ACCOUNT_ID}-{{}}-VM",
    "router": "r-{}-VM",
    "internal_lb": "b-{}-VM",
    "console_proxy": "v-{}-VM",
    "secondary_storage": "s-{}-VM",
}


def xapi_name(kind: str, number: int) -> str:
    """The name_label of an instance of this kind."""
    return {str(owner): pattern for owner, pattern in _PATTERNS.items()}[kind].format(number)


def belongs_to_cloudstack(pool: PoolSpec, vm: VmSpec) -> bool:
    """Whether CloudStack made this guest; a pool without a cluster is unknown to it."""
    return pool.cluster is not None and vm.owner != "pool"


def instance_names(estate: Estate) -> dict[tuple[str, str], str]:
    """XAPI name_label by (pool name, guest name of the estate), for every guest of the estate."""
    numbers = itertools.count(1)
    names = {}
    for pool in estate.pools:
        for vm in pool.vms:
            for name in vm.names():
                own = belongs_to_cloudstack(pool, vm)
                names[pool.name, name] = _PATTERNS[vm.owner].format(next(numbers)) if own else name
    return names
