# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold after every case, read from the lab's book and state."""

from __future__ import annotations

import itertools
import typing as t

from . import rehearsals
from .rehearsals import CAPTAIN, HEARTBEAT_SR, POOL, TIMEOUT, UNPROTECTED, Hosts, Json, Rehearsal

Ending = t.Literal["done", "as before"]


def broken(rehearsal: Rehearsal, ending: Ending, state: Json, book: Json, crashed: bool = False) -> list[str]:
    """Every promise that is not kept, as sentences; none is good.

    :param crashed: a machine lost power, so its VMs were lost and had to be started again.
    """
    wrong = [*_physics(book, crashed), *_running(book, UNPROTECTED if crashed else ())]
    if state["pools"][POOL].get("master") is None:
        return [*wrong, "the pool has no master"]
    wrong += rehearsal.whole(state)
    if ending == "done":
        settled = _settled(rehearsal.at_the_end, rehearsal.timeout_done, state)
        # After a crash pool HA elects whom it likes.
        excused = crashed and rehearsal.elected
        return [*wrong, *settled, *([] if excused else rehearsal.done(state, book))]
    # What is meant to last, or cannot be taken back, may have been finished instead; a mixture is never good.
    endings, timeouts = rehearsal.taken_back, (TIMEOUT, rehearsal.timeout_done)
    tries = [_settled(end, timeout, state) for end, timeout in itertools.product(endings, timeouts)]
    return [*wrong, *min(tries, key=len)]


def _physics(book: Json, crashed: bool) -> list[str]:
    totals, pools = book["totals"], book["pools"].items()
    wrong = [f"{totals['twice']} VMs ran twice"] if totals["twice"] else []
    wrong += [f"{name} had {page['most_masters']} masters at once" for name, page in pools if page["most_masters"] > 1]
    wrong += [f"the lab itself failed: {error}" for error in book["internal_errors"]]
    if not crashed:
        wrong += [f"{totals[word]} VMs {word}" for word in ("lost", "stopped") if totals[word]]
    return wrong


def _running(book: Json, excused: t.Collection[str]) -> list[str]:
    """Whatever nobody restarts after a crash is excused."""
    halted = [page["name"] for page in book["vms"].values() if not page["running_on"]]
    return [f"{name} does not run" for name in halted if name not in excused]


def _settled(end: rehearsals.Ending, timeout: str, state: Json) -> list[str]:
    """Pool and CloudStack see their hosts in service, HA is as it should be, and nobody holds the pool."""
    pool = state["pools"][POOL]
    hosts, cloud_hosts, ha = end
    wrong = _ha(pool, hosts, timeout) if ha else ["pool HA is on"] if pool["ha_enabled"] else []
    wrong += _clusters(state["cloudstack"]["clusters"])
    left = [key for key in pool["other_config"] if key.startswith("xencloud") and key != CAPTAIN]
    wrong += [f"the key {key} is left" for key in left]
    wrong += _odd("pool", hosts, pool["hosts"], {"enabled": True, "live": True})
    return wrong + _odd(
        "CloudStack", cloud_hosts, state["cloudstack"]["hosts"], {"state": "Up", "resource_state": "Enabled"}
    )


def _ha(pool: Json, hosts: Hosts, timeout: str) -> list[str]:
    found = pool["ha_configuration"].get("timeout")
    wrong = [] if pool["ha_enabled"] else ["pool HA is off"]
    wrong += [] if found == timeout else [f"the HA timeout is {found}, not {timeout}"]
    wrong += [] if pool["ha_heartbeat_sr"] == HEARTBEAT_SR else [f"the heartbeat SR is {pool['ha_heartbeat_sr']}"]
    if pool["ha_enabled"] and pool["ha_armed_hosts"] != sorted(hosts):
        wrong.append(f"HA is armed on {', '.join(pool['ha_armed_hosts'])}")
    return wrong


def _clusters(clusters: Json) -> list[str]:
    good = {"managed_state": "Managed", "allocation_state": "Enabled"}
    return [f"{name} is {' and '.join(each.values())}" for name, each in clusters.items() if each != good]


def _odd(system: str, wanted: t.Iterable[str], present: Json, good: Json) -> list[str]:
    """Hosts that are not there, too many, or not as they should be."""
    wrong = [f"{system}: {name} is {each}" for name, each in present.items() if each != good]
    if sorted(present) != sorted(wanted):
        wrong.append(f"{system} has the hosts {', '.join(sorted(present))} instead of {', '.join(sorted(wanted))}")
    return wrong
