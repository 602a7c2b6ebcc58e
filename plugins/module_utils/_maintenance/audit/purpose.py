# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a role adds to the audit to make it its preflight.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import types
import typing as t
from dataclasses import dataclass

from ..matching import Estate
from .model import Check, Finding, Scope, Severity

Hosts = t.Literal["emptied", "all", "leaving", "named", "free"]
Planner = t.Callable[[Estate, Scope], dict[str, t.Any]]
Excuse = t.Callable[[Estate, Scope, Finding], bool]


@dataclass(frozen=True, slots=True)
class Purpose:
    """One file of ``purposes``: everything in it is optional.

    ``CHECKS`` are the role's own checks. ``DROPS`` are the codes of findings that the role itself deals with,
    ``SEVERITIES`` what others weigh for it; ``excused`` tells of a single finding that it does not matter here.
    ``HOSTS`` says what the hosts are that it is given: ``emptied`` ones (``all``: when none is named, all of the pool;
    ``leaving``: some may have left it already), hosts that are only ``named``, or ``free`` text, such as addresses that
    the pool does not know yet. ``plan`` says what is to be done.
    """

    name: str
    checks: tuple[Check, ...]
    drops: frozenset[str]
    severities: t.Mapping[str, Severity]
    hosts: Hosts
    plan: Planner
    excused: Excuse


def _nothing(estate: Estate, scope: Scope) -> dict[str, t.Any]:
    return {}


def _none(estate: Estate, scope: Scope, finding: Finding) -> bool:
    return False


def purpose_from(name: str, module: types.ModuleType) -> Purpose:
    """The purpose that a module describes."""
    return Purpose(
        name=name,
        checks=getattr(module, "CHECKS", ()),
        drops=frozenset(getattr(module, "DROPS", ())),
        severities=getattr(module, "SEVERITIES", {}),
        hosts=getattr(module, "HOSTS", "named"),
        plan=getattr(module, "plan", _nothing),
        excused=getattr(module, "excused", _none),
    )
