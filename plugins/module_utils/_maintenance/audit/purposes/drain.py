# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The preflight of emptying hosts, in the order given.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ...matching import Estate
from ...schedule import Schedule, Task, schedule
from ..model import Check, Finding, Scope
from ..purpose import Hosts

HOSTS: Hosts = "emptied"


def room(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Every VM needs a host that takes it."""
    yield from _schedule(estate, scope).findings()


def plan(estate: Estate, scope: Scope) -> dict[str, t.Any]:
    """Order and migrations."""
    return _schedule(estate, scope).as_dict()


def _schedule(estate: Estate, scope: Scope) -> Schedule:
    return schedule(estate, Task("drain", tuple(estate.pool.host(ref) for ref in scope.named)))


CHECKS: tuple[Check, ...] = (room,)
