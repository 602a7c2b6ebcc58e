# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rungs of the ladder, from the bottom to the top: what each does, by which call, and why it is safe or refused.

The table of docs/recover_host.md and the task files of the role recover_host have the same codes in the same order.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

# do: the role does it. wait: it passes by itself. ask: only when the operator permits it by name.
# person: somebody has to act, and nothing above it is tried. note: told, nothing to do.
Kind = t.Literal["do", "wait", "ask", "person", "note"]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is always true of a rung."""

    kind: Kind
    action: str
    call: str
    why: str


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung that a host needs now; ``cause`` is what was seen."""

    code: str
    cause: str

    @property
    def kept(self) -> Kept:
        """Its line in the table."""
        return RUNGS[self.code]


RUNGS: dict[str, Kept] = {
    "run_in_flight": Kept(
        "person",
        "Let that run finish, or bring it to its end with the role resume",
        "",
        "Two who change the same host undo each other's work.",
    ),
    "master_unreachable": Kept(
        "wait",
        "Wait for a master; when none comes, use the role elect_master",
        "",
        "With pool HA on a new master is elected within minutes. With HA off nobody may be named master unless the old "
        "one is proven dead.",
    ),
    "second_master": Kept(
        "person",
        "Switch this host off at its console before anything else, then use the role elect_master for its safe return",
        "",
        "Two masters can start the same VM twice, which corrupts its disks.",
    ),
    "quiet": Kept(
        "wait",
        "Wait until it answers again, or until the pool counts it as dead",
        "",
        "Without HA the pool believes for ten minutes that a host lives, and so long refuses to switch it on.",
    ),
    "power_on": Kept(
        "do",
        "Switch it on",
        "host.power_on, by the master",
        "Switching on never resets a machine that runs.",
    ),
    "power_by_hand": Kept(
        "person",
        "Look at its power, its network cable and its console. If it runs and only its toolstack is dead, run "
        "xe-toolstack-restart there. Set host.power_on_mode to let this role press the button",
        "",
        "The pool has no way to its power.",
    ),
    "vms_on_dead_host": Kept(
        "note",
        "Leave them to CloudStack's HA, or prove at the console that the host is off before anything is reset",
        "",
        "A VM that is reset by hand while it still runs is started twice, which corrupts its disks.",
    ),
    "starting": Kept(
        "wait",
        "Wait until it has started",
        "",
        "It plugs its storage and enables itself.",
    ),
    "heartbeat_storage": Kept(
        "wait",
        "Repair its path to the heartbeat SR; it heals by itself within a minute then",
        "",
        "A host that cannot write the heartbeat must not run VMs; disarming it would let it.",
    ),
    "ha_daemon": Kept(
        "wait",
        "Wait until its HA daemon starts; if it does not, read /var/log/xha.log of the host",
        "",
        "It tries again every ten seconds. Disarming it would let it run VMs that nobody fences.",
    ),
    "disarm_ha": Kept(
        "ask",
        "Disarm HA on this host alone",
        "host.emergency_ha_disable, on the host itself",
        "The serving master says that pool HA is off, so nobody counts on this host's heartbeat.",
    ),
    "rearm_ha": Kept(
        "ask",
        "Switch pool HA off until the host has greeted its master, and on again exactly as it was",
        "pool.disable_ha, pool.enable_ha",
        "HA can be armed only on all hosts together, and meanwhile nobody elects a master; it is written down before, "
        "so that it can be taken back.",
    ),
    "master_lost": Kept(
        "wait",
        "Repair its management network; it tries again by itself every one to three minutes",
        "",
        "Its VMs are not touched by it.",
    ),
    "wrong_master": Kept(
        "person",
        "Make sure that its old master is off, then point it to the new one with the role elect_master",
        "",
        "If the old master still runs, both could start the same VM.",
    ),
    "not_a_member": Kept(
        "person",
        "Join it again with the role add_host",
        "",
        "The pool has forgotten it.",
    ),
    "newer_than_master": Kept(
        "person",
        "Bring the master to the same version with the role rolling_patch",
        "",
        "A member may never be newer than its master.",
    ),
    "emergency": Kept(
        "person",
        "Look at its console and at /var/log/xensource.log there",
        "",
        "No call from outside is safe for this.",
    ),
    "unclear": Kept(
        "person",
        "Look at its console; if it is a matter of certificates, give the pool's CA in ca_path",
        "",
        "Whether it is off or on cannot be told.",
    ),
    "plug_storage": Kept(
        "do",
        "Plug it",
        "PBD.plug",
        "Only storage that is shared and that another host has plugged; no disk is touched by it.",
    ),
    "held": Kept(
        "person",
        "Ask who did it; the role host_maintenance with host_maintenance_state=in_service ends it",
        "",
        "Somebody wants this host out of service.",
    ),
    "held_by_run": Kept(
        "person",
        "Bring that run to its end with the playbook resume",
        "",
        "The run's record knows what else it changed, and in which order that is taken back.",
    ),
    "enable": Kept(
        "do",
        "Enable it in the pool",
        "host.enable",
        "XAPI itself refuses it while the host is starting, lacks storage that HA needs or has updates to finish.",
    ),
    "master_disabled": Kept(
        "person",
        "Run this role for the master first",
        "",
        "CloudStack reaches every host through the master, and only while that one is enabled.",
    ),
    "cluster_unmanaged": Kept(
        "person",
        "End the run that did it with the role resume, or set the cluster Managed with cloudstack_cluster",
        "",
        "Somebody wants CloudStack to look away.",
    ),
    "cloudstack_connection": Kept(
        "do",
        "Wait until CloudStack has found it again, and ask it to connect anew where it allows that",
        "reconnectHost, once",
        "CloudStack looks for lost hosts every 90 seconds. No VM is touched by it.",
    ),
    "cloudstack_state": Kept(
        "person",
        "Delete it in CloudStack and add it again with the role add_host",
        "",
        "No call leads out of this state.",
    ),
    "unknown_to_cloudstack": Kept(
        "note",
        "Use the role add_host if CloudStack shall use it",
        "",
        "Hosts that CloudStack shall not use are no fault.",
    ),
    "cancel_maintenance": Kept(
        "do",
        "End the maintenance that failed; to get the host into it, use the role host_maintenance",
        "cancelHostMaintenance",
        "It moves and stops nothing. Preparing again could power VMs off.",
    ),
    "preparing": Kept(
        "wait",
        "Wait whether CloudStack comes to an end with it",
        "",
        "CloudStack promotes an emptied host within a minute.",
    ),
    "cancel_preparation": Kept(
        "ask",
        "Take the host back into service",
        "cancelHostMaintenance",
        "Migrations that run go on to their end, those that have not begun are dropped; it is somebody else's "
        "maintenance.",
    ),
}

_WHO: dict[Kind, str] = {
    "do": "This role does it",
    "wait": "This role waits for it",
    "ask": "This role does it, as permitted",
    "person": "By hand",
    "note": "Good to know",
}

ORDER = tuple(RUNGS)
ASKED = tuple(code for code, kept in RUNGS.items() if kept.kind == "ask")


def to_climb(rungs: t.Sequence[Rung], allowed: t.Collection[str]) -> list[str]:
    """The rungs that can be climbed now, in order: everything above one that is barred relies on it."""
    codes: list[str] = []
    for rung in rungs:
        if barred(rung, allowed):
            break
        if rung.kept.kind != "note":
            codes.append(rung.code)
    return codes


def barred(rung: Rung, allowed: t.Collection[str]) -> bool:
    """The role may not do it."""
    return rung.kept.kind == "person" or (rung.kept.kind == "ask" and rung.code not in allowed)


def rung_view(name: str, rung: Rung, allowed: t.Collection[str]) -> dict[str, t.Any]:
    """A rung as playbooks read it."""
    kept = rung.kept
    return {
        "code": rung.code,
        "kind": kept.kind,
        "cause": rung.cause,
        "action": kept.action,
        "call": kept.call,
        "why": kept.why,
        "text": f"{name}: {rung.cause} ({rung.code}). {_who(rung, allowed)}: {kept.action}. {kept.why}",
    }


def _who(rung: Rung, allowed: t.Collection[str]) -> str:
    """Without a name in front, what the role does by itself reads like an order."""
    if rung.kept.kind == "ask" and barred(rung, allowed):
        return f"This role does it only with recover_host_allow={rung.code}"
    return _WHO[rung.kept.kind]
