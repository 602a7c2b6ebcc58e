# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moves VMs that CloudStack does not know, in a batch, bounded per source host.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._argspec import run_spec, waiting_spec, xapi_spec
from .._maintenance.estate import Host, Pool, Vm
from .._maintenance.lookup import find_host, find_vm
from .._maintenance.moves import Move, moved_sentence, require_all_moved, run_moves
from .._xapi.carrier import XapiCarrier
from .._xapi.picture import read_pool
from ._batch import batch_spec, require_parallel
from ._context import Context, Outcome
from ._pool import refuse

SPEC = xapi_spec() | waiting_spec(3600) | run_spec() | batch_spec()


def run(context: Context) -> Outcome:
    """Move what is not there yet; all refusals that can be foreseen come before the first move."""
    require_parallel(context.params["parallel"])
    pool = read_pool(context.xapi)
    moves = plan_moves(pool, context.params["moves"])
    pending = [move for move in moves if not move.settled]
    outcome = Outcome(
        changed=bool(pending),
        result={"moved": [], "failures": [], "unmoved": []},
        before={move.name: move.source_name for move in moves},
        after={move.name: move.target_name for move in moves},
    )
    if pending and not context.check_mode:
        context.journal.confirm()
        carrier = XapiCarrier(context.xapi, {vm.uuid: vm.ref for vm in pool.vms})
        tally = run_moves(moves, carrier, context.params["parallel"], context.waiter())
        require_all_moved(tally)
        outcome.result = tally.as_result()
        outcome.step = moved_sentence([moved.move for moved in tally.moved])
    return outcome


def plan_moves(pool: Pool, wanted: t.Sequence[t.Mapping[str, str]]) -> list[Move]:
    """The moves in the pool's own words."""
    pairs = [(find_vm(pool, item["vm"]), find_host(pool, item["host"])) for item in wanted]
    problems = [problem for vm, target in pairs if vm.host != target.ref for problem in _problems(vm, target)]
    problems += _twice([vm for vm, _target in pairs])
    refuse(pool.label, problems, "Correct the moves, then run this again.")
    return [_move(pool, vm, target) for vm, target in pairs]


def _problems(vm: Vm, target: Host) -> list[str]:
    problems = []
    if vm.power_state != "Running":
        problems.append(f"{vm.name} is {vm.power_state.lower()}, only a running VM can move live")
    if not target.live:
        problems.append(f"{vm.name} cannot go to {target.name}, which is not alive")
    elif not target.enabled:
        problems.append(f"{vm.name} cannot go to {target.name}, which is disabled")
    lacking = set(vm.srs) - set(target.plugged_srs)
    if lacking:
        problems.append(f"{vm.name} uses storage that {target.name} has not plugged")
    return problems


def _twice(vms: t.Sequence[Vm]) -> list[str]:
    uuids = [vm.uuid for vm in vms]
    return sorted({f"{vm.name} is named twice" for vm in vms if uuids.count(vm.uuid) > 1})


def _move(pool: Pool, vm: Vm, target: Host) -> Move:
    source = vm.host or target.ref
    return Move(
        vm=vm.uuid,
        name=vm.name,
        source=source,
        source_name=pool.host(source).name,
        target=target.ref,
        target_name=target.name,
        memory_mib=vm.memory_mib,
    )
