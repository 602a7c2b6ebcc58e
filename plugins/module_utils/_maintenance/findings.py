# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in the way of a run, found before the first write.

A check looks at one thing and yields findings; ``preflight`` runs them all.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .cluster import MAINTENANCE_STATES
from .errors import MaintenanceError
from .estate import Host
from .matching import Estate, HostPair, VmPair

Severity = t.Literal["blocker", "warning", "info"]
Mode = t.Literal["patch", "reboot", "drain"]
_RANK: dict[str, int] = {"blocker": 0, "warning": 1, "info": 2}

# Tasks of these classes change what a plan is made of. CloudStack's own plugin calls come and go every minute.
_RELEVANT_TASKS = ("VM.", "VDI.", "SR.", "PBD.", "pool.", "host.")
_HARMLESS_TASKS = ("host.call_plugin", "host.call_extension")


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
class Scope:
    """What is going to be done: the hosts that are emptied, and the objects that this run itself has changed."""

    mode: Mode
    work: frozenset[str]
    ours: frozenset[str] = field(default_factory=frozenset)
    ha_left_off: bool = False

    def touches(self, host: Host) -> bool:
        """The host is emptied, or has to take part because all hosts are looked at."""
        return host.ref in self.work or self.mode != "drain"

    def caused(self, host: Host) -> bool:
        """The run's own record has an undo entry for this host."""
        return bool({host.uuid, host.name, host.address, host.ref} & self.ours)


Check = t.Callable[[Estate, Scope], t.Iterator[Finding]]


def preflight(estate: Estate, scope: Scope) -> list[Finding]:
    """All findings, the worst first."""
    return sort_findings(finding for check in CHECKS for finding in check(estate, scope))


def sort_findings(findings: t.Iterable[Finding]) -> list[Finding]:
    """Blockers, warnings, infos; alike ones together."""
    return sorted(findings, key=lambda each: (_RANK[each.severity], each.code, each.object, each.text))


def refuse_blocked(pool_name: str, findings: t.Sequence[Finding]) -> None:
    """Raise one error with every blocker in it, so that nobody has to run again to see the next one."""
    blockers = [finding for finding in findings if finding.severity == "blocker"]
    if not blockers:
        return
    listed = "\n".join(f"- {finding.sentence}" for finding in findings if finding.severity != "info")
    number = "1 thing stands" if len(blockers) == 1 else f"{len(blockers)} things stand"
    raise MaintenanceError(
        f"{pool_name}: {number} in the way of this run; nothing was changed.\n{listed}",
        findings=[finding.as_dict() for finding in findings],
    )


def unmatched_hosts(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Both systems must know the same hosts, or one of them would be surprised (cloudstack.md, appendix C 1)."""
    for host in estate.pool_only:
        yield Finding(
            "host_unknown_to_cloudstack",
            "blocker",
            host.name,
            f"the pool has it at {host.address}, but cluster {estate.cloud.cluster.name} has no host of this address",
            "Add it to CloudStack, take it out of the pool, or name the right cluster.",
        )
    for cloud in estate.cloud_only:
        yield Finding(
            "host_unknown_to_pool",
            "blocker",
            cloud.name,
            f"CloudStack has it at {cloud.ip_address}, but pool {estate.pool.label} has no host of this address",
            "Delete it from CloudStack, join it to the pool, or name the right cluster.",
        )


def dead_hosts(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """With a dead member, HA cannot be enabled again (xapi.md 2.4)."""
    for host in estate.pool.hosts:
        if not host.live:
            yield Finding(
                "host_dead",
                "blocker",
                host.name,
                "XAPI does not see it alive",
                "Repair it or remove it from the pool first.",
            )


def disabled_hosts(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A host that somebody else disabled is somebody else's work in progress."""
    for host in estate.pool.hosts:
        if host.live and not host.enabled and not scope.caused(host) and not _out_already(estate, scope, host):
            yield Finding(
                "host_disabled",
                "blocker" if scope.touches(host) else "warning",
                host.name,
                "it is disabled in XAPI, and not by this run",
                "Find out who works on it, then enable it with xapi_host.",
            )


def _out_already(estate: Estate, scope: Scope, host: Host) -> bool:
    """An empty host that is to be emptied is where it shall be: asking for it twice is no error."""
    return scope.mode == "drain" and host.ref in scope.work and not estate.pool.guests_on(host)


def cloudstack_connections(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """CloudStack neither moves VMs off nor onto a host to which it has no connection (cloudstack.md 1.7)."""
    for pair in estate.hosts:
        excused = scope.caused(pair.pool) or _out_already(estate, scope, pair.pool)
        if pair.cloud.state != "Up" and not excused:
            yield Finding(
                "host_not_up",
                "blocker",
                pair.pool.name,
                f"CloudStack sees it as {pair.cloud.state}",
                "Wait until it is Up, or recover it first.",
            )


def cloudstack_states(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Disabled hosts cannot go into maintenance (cloudstack.md 2.8), hosts in maintenance are somebody's work."""
    for pair in estate.hosts:
        in_maintenance = pair.cloud.resource_state in MAINTENANCE_STATES
        excused = scope.caused(pair.pool) or (in_maintenance and _out_already(estate, scope, pair.pool))
        if pair.cloud.resource_state == "Enabled" or excused:
            continue
        yield Finding(
            "host_in_maintenance" if in_maintenance else "host_not_enabled",
            "blocker" if scope.touches(pair.pool) else "warning",
            pair.pool.name,
            f"CloudStack has it in state {pair.cloud.resource_state}, and not by this run",
            "Cancel its maintenance with cloudstack_host_maintenance."
            if in_maintenance
            else "Enable it in CloudStack.",
        )


def cluster_state(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """An unmanaged cluster is blind, a disabled one takes no VMs (cloudstack.md 2.9)."""
    cluster = estate.cloud.cluster
    if cluster.name in scope.ours or cluster.id in scope.ours:
        return
    if not cluster.managed:
        yield Finding(
            "cluster_unmanaged",
            "blocker",
            cluster.name,
            f"its state is {cluster.managed_state}, so CloudStack sees none of its hosts",
            "Set it to managed with cloudstack_cluster and wait until its hosts are Up.",
        )
    if not cluster.enabled:
        yield Finding(
            "cluster_disabled",
            "blocker",
            cluster.name,
            f"its allocation state is {cluster.allocation_state}",
            "Enable it with cloudstack_cluster.",
        )


def protected_vms(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A VM that both restart may run twice and lose its disk (cloudstack.md 5.4)."""
    for pair in estate.vms:
        priority = pair.vm.ha_restart_priority
        owned = pair.instance is not None or pair.looks_like_cloudstack
        if priority and owned:
            yield Finding(
                "two_captains",
                "blocker",
                pair.label,
                f"pool HA would restart it (ha_restart_priority {priority}), and so would CloudStack",
                "Clear its ha_restart_priority.",
            )


def vm_transitions(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Nothing can be planned with a VM that is on its way."""
    for instance in estate.cloud.instances:
        if instance.in_transition or instance.state in ("Error", "Unknown"):
            yield Finding(
                "vm_in_transition",
                "blocker",
                instance.name,
                f"CloudStack has it in state {instance.state}",
                "Wait until this is over; look at it in CloudStack if it stays so.",
            )
    for pair in estate.vms:
        if pair.vm.current_operations:
            operations = ", ".join(sorted(set(pair.vm.current_operations.values())))
            yield Finding(
                "vm_in_transition",
                "blocker",
                pair.label,
                f"XAPI is working on it ({operations})",
                "Wait until this is over.",
            )


def vm_places(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Both must see each VM on the same host, or CloudStack sends its command to the wrong one (cloudstack.md 1.8)."""
    for pair in estate.vms:
        finding = _misplaced(estate, pair)
        if finding is not None:
            yield finding
    for ghost in estate.ghosts:
        yield Finding(
            "vm_missing",
            "blocker",
            ghost.name,
            f"CloudStack has it running on {ghost.host_name or 'a host'}, but the pool runs no {ghost.instance_name}",
            "Wait two minutes for CloudStack to notice; if it stays so, correct its state in CloudStack.",
        )


def _misplaced(estate: Estate, pair: VmPair) -> Finding | None:
    if pair.instance is None:
        if not pair.looks_like_cloudstack:
            return None
        return Finding(
            "vm_unknown_to_cloudstack",
            "warning",
            pair.vm.name,
            "it is named like a VM of CloudStack, but CloudStack does not know it as running here",
            "It will be moved by XAPI; find out whose it is.",
        )
    here = next((host.cloud for host in estate.hosts if host.pool.ref == pair.vm.host), None)
    if here is None or pair.instance.host == here.id or pair.instance.in_transition:
        return None
    return Finding(
        "vm_elsewhere",
        "blocker",
        pair.label,
        f"the pool runs it on {here.name}, but CloudStack has it on {pair.instance.host_name or 'no host'}",
        "Wait two minutes for CloudStack to notice, then run this again.",
    )


def pool_operations(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Whatever the pool is busy with comes first."""
    for operation in sorted(set(estate.pool.current_operations.values())):
        yield Finding(
            "pool_busy", "blocker", estate.pool.label, f"the pool is busy with {operation}", "Wait until it is over."
        )
    for task in estate.pool.tasks:
        name = task.name.removeprefix("Async.")
        if task.status == "pending" and name.startswith(_RELEVANT_TASKS) and not name.startswith(_HARMLESS_TASKS):
            yield Finding(
                "task_running",
                "blocker",
                estate.pool.label,
                f"the task {task.name} is running ({task.progress:.0%})",
                "Wait until it is over.",
            )


def cloudstack_jobs(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A job on a host or VM of this cluster may move, stop or lock what the plan counts on."""
    names = {host.id: host.name for host in estate.cloud.hosts}
    names |= {instance.id: instance.name for instance in estate.cloud.instances}
    for job in estate.cloud.jobs:
        if job.instance_id in names:
            yield Finding(
                "job_running",
                "blocker",
                names[job.instance_id],
                f"CloudStack's job {job.command} is running on it",
                "Wait until it is over.",
            )


def storage_links(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A host that lost its shared storage can neither give nor take VMs."""
    shared = {sr.ref: sr for sr in estate.pool.srs if sr.shared}
    for host in estate.pool.hosts:
        for ref in host.unplugged_srs:
            if ref in shared:
                yield Finding(
                    "storage_unplugged",
                    "blocker",
                    host.name,
                    f"the shared storage {shared[ref].name} is not plugged",
                    "Plug its PBD again, and find out why it was lost.",
                )


def versions(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A mixed pool is normal while a patch run is resumed, and degraded at any other time (xapi.md 6.6)."""
    if estate.pool.rolling_upgrade:
        yield Finding(
            "mixed_versions",
            # In the middle of a run that patches the pool this is no news.
            "info" if scope.ours else "warning",
            estate.pool.label,
            "its hosts run different versions, so VMs move to equal or newer hosts only and HA cannot be enabled",
            "Finish the patch run soon.",
        )


def high_availability(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """What the run will find, and leave, as it is."""
    ha = estate.pool.ha
    if not ha.enabled and scope.ha_left_off:
        yield Finding(
            "ha_left_off",
            "warning",
            estate.pool.label,
            "an earlier run left pool HA off, so nobody elects a master",
            "The next run that ends well puts it back; maintenance_undo does so at once.",
        )
    elif not ha.enabled:
        yield Finding("ha_off", "info", estate.pool.label, "pool HA is off", "It stays off.")
    elif ha.timeout_s is None:
        yield Finding(
            "ha_default_timeout",
            "warning",
            estate.pool.label,
            "pool HA has no explicit time-out, so a short storage outage may fence hosts",
            "Enable it again with xapi_pool_ha and a ha_timeout of 120 to 180 seconds.",
        )


def usable_targets(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """CloudStack stops VMs for which there is no other usable host (cloudstack.md 3.3)."""
    for pair in estate.hosts:
        if pair.pool.ref in scope.work and not has_target(estate, pair.pool, scope):
            yield Finding(
                "no_target",
                "blocker",
                pair.pool.name,
                "there is no other host that is enabled in XAPI and usable for CloudStack",
                "Bring another host of the pool into service first.",
            )


def has_target(estate: Estate, emptied: Host, scope: Scope) -> bool:
    """Some other host may take VMs while this one is emptied."""
    away = scope.work if scope.mode == "drain" else frozenset({emptied.ref})
    return any(usable(pair) for pair in estate.hosts if pair.pool.ref not in away and pair.pool.ref != emptied.ref)


def usable(pair: HostPair) -> bool:
    """A host that may take VMs now: both systems agree, and it is not kept free for CloudStack's own HA."""
    return pair.pool.live and pair.pool.enabled and pair.cloud.ready and not pair.cloud.for_ha_only


CHECKS: tuple[Check, ...] = (
    unmatched_hosts,
    dead_hosts,
    disabled_hosts,
    cloudstack_connections,
    cloudstack_states,
    cluster_state,
    protected_vms,
    vm_transitions,
    vm_places,
    pool_operations,
    cloudstack_jobs,
    storage_links,
    versions,
    high_availability,
    usable_targets,
)
