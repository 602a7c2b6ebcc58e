# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signs that somebody keeps a host out of service, against which nothing enables it (xapi.md 5.7, cloudstack.md 2.2).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .cluster import MAINTENANCE_STATES
from .estate import Host
from .kinds import HOST_IN_SERVICE
from .record import RunRecord

# In these states somebody wants the host out of service, or wanted it when CloudStack failed at that.
OUT_OF_SERVICE = MAINTENANCE_STATES | {"Disabled", "Degraded"}
_NO_SIGN = "it follows the master, so somebody may have disabled it on purpose, and no sign says who"
_ASK = "Ask who did it; the role host_maintenance with host_maintenance_state=in_service ends it."
_ENABLE = "If nobody wants it so, enable it with the role recover_host."
_BLIND = " It is the master: while it is disabled CloudStack cannot work with any host of the pool."


def in_xencenter(host: Host) -> bool:
    """XenCenter remembers in this key that it has put the host into maintenance."""
    return host.other_config.get("MAINTENANCE_MODE") == "true"


def left_by(record: RunRecord | None, host: Host) -> bool:
    """A run has taken it out of service and has not taken that back."""
    return record is not None and record.entry_for(HOST_IN_SERVICE, host.address) is not None


def pool_marks(host: Host, record: RunRecord | None) -> t.Iterator[str]:
    """Signs in the pool."""
    if in_xencenter(host):
        yield "XenCenter has it in maintenance mode"
    if record is not None and left_by(record, host):
        yield f"run {record.lock.run_id} took it out of service and has not taken that back (see the role resume)"


def cloud_marks(resource_state: str) -> t.Iterator[str]:
    """Signs in CloudStack."""
    if resource_state in OUT_OF_SERVICE:
        yield f"CloudStack has it in state {resource_state}"


def left_disabled(name: str, marks: t.Sequence[str], is_master: bool) -> str:
    """What is left to do about a host that answers and was not enabled."""
    why, remedy = ("; ".join(marks), _ASK) if marks else (_NO_SIGN, _ENABLE)
    return f"{name} is disabled in the pool and was left so: {why}.{_BLIND if is_master else ''} {remedy}"
