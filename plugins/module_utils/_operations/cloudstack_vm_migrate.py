# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moves a batch of VMs by CloudStack, each to a given host.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._argspec import cloudstack_spec, record_spec, waiting_spec
from .._cloudstack.carrier import CloudStackCarrier
from .._cloudstack.client import CloudStackClient
from .._cloudstack.picture import read_hosts, read_instances
from .._maintenance.cluster import CsHost, Instance, find_host, find_instance
from .._maintenance.errors import MaintenanceError
from .._maintenance.moves import Move, as_dict, moved_sentence, require_all_moved, run_moves
from .._maintenance.waiter import NotYet
from ._batch import batch_spec, require_parallel
from ._context import Context, Outcome

SPEC = cloudstack_spec() | waiting_spec(3600) | record_spec() | batch_spec()

Pair = tuple[Instance, CsHost]


def run(context: Context) -> Outcome:
    """Check the whole batch first, then move it."""
    require_parallel(context.params["parallel"])
    if not context.params["moves"]:
        return Outcome(result={"moved": [], "failures": [], "unmoved": []})
    hosts = read_hosts(context.cloudstack)
    pairs = _settled_pairs(context, hosts)
    _refuse(pairs, {host.id: host for host in hosts})
    moves = [_move(instance, target, hosts) for instance, target in pairs]
    if context.check_mode:
        return _predicted(moves)
    context.journal.confirm()
    carrier = CloudStackCarrier(context.cloudstack, {instance.id: instance.kind for instance, _target in pairs})
    tally = run_moves(moves, carrier, context.params["parallel"], context.waiter())
    require_all_moved(tally)
    return _outcome([moved.move for moved in tally.moved], tally.as_result())


def _settled_pairs(context: Context, hosts: t.Sequence[CsHost]) -> list[Pair]:
    """The VMs and their targets, once none of the VMs is on its way any more, as after an interrupted run."""

    def probe() -> list[Pair] | NotYet:
        pairs = _pairs(context.cloudstack, hosts, context.params["moves"])
        moving = sorted(instance.name for instance, _target in pairs if instance.in_transition)
        return NotYet(f"{', '.join(moving)} still on the way") if moving else pairs

    if context.check_mode:
        return _pairs(context.cloudstack, hosts, context.params["moves"])
    return context.waiter().wait("moves: waiting until no VM is in transition", probe, "Look at it in CloudStack.")


def _pairs(client: CloudStackClient, hosts: t.Sequence[CsHost], asked: t.Sequence[dict[str, str]]) -> list[Pair]:
    targets = [find_host(hosts, each["host"]) for each in asked]
    zones = sorted({target.zone_id for target in targets})
    instances = [instance for zone in zones for instance in read_instances(client, zone)]
    return [(find_instance(instances, each["vm"]), target) for each, target in zip(asked, targets, strict=True)]


def _refuse(pairs: t.Sequence[Pair], hosts: t.Mapping[str, CsHost]) -> None:
    """All that CloudStack would refuse, in one error."""
    reasons = [reason for instance, target in pairs if (reason := _obstacle(instance, target, hosts)) is not None]
    if reasons:
        listed = "\n".join(f"- {reason}" for reason in reasons)
        raise MaintenanceError(f"moves: CloudStack would refuse some of them; nothing was moved.\n{listed}")


def _obstacle(instance: Instance, target: CsHost, hosts: t.Mapping[str, CsHost]) -> str | None:
    if instance.host == target.id:
        return None
    source = hosts.get(instance.host or "")
    if instance.state != "Running" or source is None:
        return f"{instance.name}: it is {instance.state}, and only a running VM can be moved. Take it out of the list."
    if not target.ready:
        states = f"{target.state} and {target.resource_state}"
        return f"{target.name}: it is {states}, so it takes no VMs. Choose another target for {instance.name}."
    if source.cluster_id != target.cluster_id:
        return f"{target.name}: it is in another cluster than {instance.name}. Choose a host of the same cluster."
    if source.resource_state == "PrepareForMaintenance":
        return f"{source.name}: it is being prepared for maintenance, which moves {instance.name} itself. Wait for it."
    return None


def _move(instance: Instance, target: CsHost, hosts: t.Sequence[CsHost]) -> Move:
    source = find_host(hosts, instance.host or target.id)
    return Move(
        vm=instance.id,
        name=instance.name,
        source=source.id,
        source_name=source.name,
        target=target.id,
        target_name=target.name,
        memory_mib=instance.memory_mib,
    )


def _predicted(moves: t.Sequence[Move]) -> Outcome:
    """What would be moved, as if it had been."""
    due = [move for move in moves if not move.settled]
    return _outcome(due, {"moved": [as_dict(move) for move in due], "failures": [], "unmoved": []})


def _outcome(moved: t.Sequence[Move], result: dict[str, t.Any]) -> Outcome:
    return Outcome(
        changed=bool(moved),
        result=result,
        before={move.name: move.source_name for move in moved},
        after={move.name: move.target_name for move in moved},
        step=moved_sentence(moved),
    )
