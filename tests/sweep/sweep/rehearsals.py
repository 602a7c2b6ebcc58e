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
# Where vm_protection writes down whose VMs they are; a decision stays when its run is over.
CAPTAIN = "xencloud.vm_captain"
# CloudStack does not know this VM, and pool HA does not protect it: after a crash its owner has to start it.
UNPROTECTED = ("monitoring",)


Hosts = tuple[str, ...]
# The hosts of the pool, those of CloudStack, and whether pool HA is on.
Ending = tuple[Hosts, Hosts, bool]
THREE = ("xen01", "xen02", "xen03")
FOUR = (*THREE, "xen04")


@dataclass(frozen=True)
class Rehearsal:
    """A role with its variables.

    :ivar title: what it is called where a role is played on more than one estate.
    :ivar done: what must be true of the state when the role has done what it was asked, beside what is always true.
    :ivar hosts: the hosts of the pool at the beginning; ``hosts_done`` those at the end.
    :ivar halfway: the hosts that may be left when a run over several hosts was taken back.
    :ivar joined: a host that has joined stays when the run is taken back, and CloudStack need not know it.
    :ivar elected: what ``done`` asks is for pool HA to decide once a host has crashed.
    :ivar timeout_done: the HA timeout at the end.
    :ivar ha_done: whether pool HA is on at the end.
    :ivar whole: what must be true of the state however the run ended.
    """

    role: str
    estate: str
    variables: Json = field(default_factory=dict)
    title: str = ""
    hosts: Hosts = THREE
    hosts_done: Hosts = THREE
    halfway: tuple[Hosts, ...] = ()
    joined: bool = False
    elected: bool = False
    timeout_done: str = TIMEOUT
    ha_done: bool = True
    done: t.Callable[[Json, Json], list[str]] = lambda _state, _book: []
    whole: t.Callable[[Json], list[str]] = lambda _state: []

    @property
    def name(self) -> str:
        return self.title or self.role

    @property
    def file(self) -> Path:
        return ESTATES / self.estate

    @property
    def at_the_end(self) -> Ending:
        return self.hosts_done, self.hosts_done, self.ha_done

    @property
    def taken_back(self) -> list[Ending]:
        """The hosts that pool and CloudStack may have when the run was taken back, and whether HA is on then."""
        half = [(self.hosts_done, self.hosts, True)] if self.joined else []
        return [(self.hosts, self.hosts, True), self.at_the_end, *half, *((some, some, True) for some in self.halfway)]


def _patched(state: Json, _book: Json) -> list[str]:
    return [f"{name} lacks updates" for name, host in state["hosts"].items() if host["missing_updates"]]


def _other_master(state: Json, _book: Json) -> list[str]:
    return ["xen01 is still the master"] if state["pools"][POOL]["master"] == "xen01" else []


def _priorities(state: Json) -> set[bool]:
    """Whether the pool protects the VMs of CloudStack's users, which all have an HA offering here."""
    vms = state["pools"][POOL]["vms"].items()
    return {vm["ha_restart_priority"] == "restart" for name, vm in vms if name.startswith("i-")}


def _protected(state: Json, _book: Json) -> list[str]:
    return [] if _priorities(state) == {True} else ["not every VM is protected by the pool"]


def _one_captain(state: Json) -> list[str]:
    """All VMs or none, and what is written down is so."""
    declared = state["pools"][POOL]["other_config"].get(CAPTAIN) == "xenserver"
    found = _priorities(state)
    return [] if found == {declared} else [f"declared {declared}, protected {sorted(found)}"]


REHEARSALS: dict[str, Rehearsal] = {
    each.name: each
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
        Rehearsal(
            "remove_host",
            "four.yml",
            {"remove_host_hosts": ["xen03", "xen04"]},
            title="remove_host_to_two",
            hosts=FOUR,
            hosts_done=("xen01", "xen02"),
            halfway=(("xen01", "xen02", "xen04"),),
            ha_done=False,
        ),
        Rehearsal(
            "vm_protection",
            "protect.yml",
            {"vm_protection_mode": "xenserver", "vm_protection_batch": 2},
            done=_protected,
            whole=_one_captain,
        ),
        Rehearsal("rolling_patch", "patch.yml", done=_patched),
    )
}
