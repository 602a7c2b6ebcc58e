# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a check is given and what it says.

A check looks at one thing and yields findings; it changes nothing and asks nobody.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..errors import MaintenanceError
from ..estate import Host
from ..matching import Estate

Severity = t.Literal["blocker", "warning", "info"]
Mode = t.Literal["patch", "reboot", "drain"]
_RANK: dict[str, int] = {"blocker": 0, "warning": 1, "info": 2}

# These are about the hosts that they name, and not about the others. Of the others they only need that they can help.
_LOCAL_PURPOSES = frozenset({"drain", "remove_host", "recover_host"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of looking at an estate; ``text`` is what is wrong, ``remedy`` what to do, both without the object."""

    code: str
    severity: Severity
    object: str
    text: str
    remedy: str

    @property
    def sentence(self) -> str:
        """The finding as one line for people."""
        return f"{self.object}: {self.text}. {self.remedy}"

    def as_dict(self) -> dict[str, str]:
        """The finding as playbooks see it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "object": self.object,
            "text": self.text,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class Policy:
    """What somebody wants to be told of, as the options of ``pool_audit`` say it."""

    min_ha_timeout_s: int = 120
    min_hosts: int = 3
    max_clock_skew_s: int = 5
    expiry_days: int = 30


@dataclass(frozen=True, slots=True)
class Scope:
    """What is going to be done.

    ``work`` are the references of the hosts that are emptied, ``named`` of those that were asked for in any way, in
    that order. ``ours`` are the objects that this run itself has changed. ``asked`` is what else a role was asked for,
    ``run_id`` the run that asks, if there is one.
    """

    purpose: str
    work: frozenset[str] = frozenset()
    ours: frozenset[str] = frozenset()
    ha_left_off: bool = False
    named: tuple[str, ...] = ()
    asked: t.Mapping[str, t.Any] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    run_id: str = ""

    @property
    def looking(self) -> bool:
        """Nothing is going to be done: somebody only wants to know."""
        return self.purpose == "audit"

    @property
    def local(self) -> bool:
        """Hosts that are not named need not be in perfect order."""
        return self.purpose in _LOCAL_PURPOSES

    def touches(self, host: Host) -> bool:
        """The host is worked on, or has to take part because all hosts are looked at."""
        return host.ref in self.work or host.ref in self.named or not self.local

    def caused(self, host: Host) -> bool:
        """The run's own record has an undo entry for this host."""
        return bool({host.uuid, host.name, host.address, host.ref} & self.ours)


Check = t.Callable[[Estate, Scope], t.Iterator[Finding]]


def sort_findings(findings: t.Iterable[Finding]) -> list[Finding]:
    """Blockers, warnings, infos; alike ones together."""
    return sorted(findings, key=lambda each: (_RANK[each.severity], each.code, each.object, each.text))


def at_least(findings: t.Iterable[Finding], severity: str) -> list[Finding]:
    """The findings that are as bad as this or worse."""
    return [finding for finding in findings if _RANK[finding.severity] <= _RANK[severity]]


def refuse_blocked(pool_name: str, findings: t.Sequence[Finding], /, **details: t.Any) -> None:
    """Raise one error with every blocker in it, so that nobody has to run again to see the next one.

    It speaks of this run only: the role may just have taken back what a dead one had left behind.
    """
    number = len(at_least(findings, "blocker"))
    if not number:
        return
    things = "1 thing stands" if number == 1 else f"{number} things stand"
    raise MaintenanceError(
        f"{pool_name}: {things} in the way; this run has changed nothing.\n{_listed(findings)}",
        **{**details, "findings": [finding.as_dict() for finding in findings]},
    )


def refuse_findings(pool_name: str, findings: t.Sequence[Finding], severity: str, /, **details: t.Any) -> None:
    """Raise one error when anything is as bad as this or worse."""
    number = len(at_least(findings, severity))
    if not number:
        return
    things = "1 thing that needs" if number == 1 else f"{number} things that need"
    head = f"{pool_name}: the audit found {things} somebody to look at it; this run has changed nothing."
    raise MaintenanceError(
        f"{head}\n{_listed(findings)}",
        **{**details, "findings": [finding.as_dict() for finding in findings]},
    )


def _listed(findings: t.Iterable[Finding]) -> str:
    return "\n".join(f"- {_mark(finding)}{finding.sentence}" for finding in at_least(findings, "warning"))


def _mark(finding: Finding) -> str:
    """A warning among blockers is not counted, and must not look like one."""
    return "warning: " if finding.severity == "warning" else ""
