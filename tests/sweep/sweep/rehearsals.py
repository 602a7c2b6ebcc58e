# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is swept: a role on an estate made for it, and what must be true when it has ended."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from pathlib import Path

Json = dict[str, t.Any]

ESTATES = Path(__file__).parents[1] / "estates"
# What the pool of every estate is called, and how its HA begins.
POOL, HEARTBEAT_SR, TIMEOUT = "pool-a", "nfs-ha", "180"
# CloudStack does not know this VM, and pool HA does not protect it: after a crash its owner has to start it.
UNPROTECTED = ("monitoring",)


Hosts = tuple[str, ...]
THREE = ("xen01", "xen02", "xen03")
FOUR = (*THREE, "xen04")


@dataclass(frozen=True)
class Rehearsal:
    """A role with its variables.

    :ivar done: what must be true of the state when the role has done what it was asked, beside what is always true.
    :ivar hosts: the hosts of the pool at the beginning; ``hosts_done`` those at the end.
    :ivar joined: a host that has joined stays when the run is taken back, and CloudStack need not know it.
    :ivar elected: what ``done`` asks is for pool HA to decide once a host has crashed.
    :ivar timeout_done: the HA timeout at the end.
    """

    role: str
    estate: str
    variables: Json = field(default_factory=dict)
    hosts: Hosts = THREE
    hosts_done: Hosts = THREE
    joined: bool = False
    elected: bool = False
    timeout_done: str = TIMEOUT
    done: t.Callable[[Json, Json], list[str]] = lambda _state, _book: []

    @property
    def file(self) -> Path:
        return ESTATES / self.estate

    @property
    def taken_back(self) -> list[tuple[Hosts, Hosts]]:
        """The hosts that pool and CloudStack may have when the run was taken back."""
        half = [(self.hosts_done, self.hosts)] if self.joined else []
        return [(self.hosts, self.hosts), (self.hosts_done, self.hosts_done), *half]


def _patched(state: Json, _book: Json) -> list[str]:
    return [f"{name} lacks updates" for name, host in state["hosts"].items() if host["missing_updates"]]


def _other_master(state: Json, _book: Json) -> list[str]:
    return ["xen01 is still the master"] if state["pools"][POOL]["master"] == "xen01" else []


REHEARSALS: dict[str, Rehearsal] = {
    each.role: each
    for each in (
        Rehearsal(
            "pool_ha",
            "three.yml",
            {"pool_ha_state": "enabled", "pool_ha_timeout": 120},
            timeout_done="120",
        ),
        Rehearsal("designate_master", "three.yml", elected=True, done=_other_master),
        Rehearsal(
            "remove_host",
            "four.yml",
            {"remove_host_hosts": ["xen01"]},
            hosts=FOUR,
            hosts_done=("xen02", "xen03", "xen04"),
            done=_other_master,
        ),
        Rehearsal(
            "add_host",
            "joiner.yml",
            {"add_host_hosts": ["127.0.8.14"]},
            hosts_done=FOUR,
            joined=True,
        ),
        Rehearsal("rolling_patch", "patch.yml", done=_patched),
    )
}
