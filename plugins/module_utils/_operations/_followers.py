# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Leading every host of a pool to its master, and to work.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._cloudstack.picture import read_hosts
from .._maintenance.cluster import Cluster
from .._maintenance.election import Role, Scene, Seen, confirmed
from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Host, Pool
from .._maintenance.keeping import cloud_marks, left_disabled, pool_marks
from .._maintenance.record import read_record
from .._maintenance.silence import still_silent
from .._maintenance.waiter import NotYet
from .._xapi.errors import ConnectionLost, XapiError
from .._xapi.local_session import LocalSession
from .._xapi.picture import read_pool
from .._xapi.sight import look_at
from .._xapi.updates import epoch_s
from ._book import RecordBook
from ._context import Context, Outcome
from ._pool import Deadline, transient
from ._scene import credentials_for_a_look

_LOOK = "Look at the hosts that are named; state examined tells whom each of them follows."
# Plugging the storage of a start takes minutes (xapi.md 5.6).
_START_S = 600.0
_HA_OFF = (
    "Pool HA is off: when this master dies nobody is elected either. Switch it on (pool_ha) once every host is back."
)


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be done: who has to be led to the master, and who of them, with the master, is enabled then.

    A host that follows already is never enabled: XAPI does that after a start, and whom it does not enable somebody
    has disabled (xapi.md 5.6). ``kept`` has the signs, by address, that somebody wants a host out of service;
    ``asked`` fills with the names of the hosts that were told to enable themselves.
    """

    master: Seen
    answering: tuple[Seen, ...]
    stragglers: tuple[Seen, ...]
    to_enable: tuple[Seen, ...]
    kept: t.Mapping[str, list[str]]
    asked: list[str] = field(default_factory=list)


def bring(context: Context, scene: Scene, cluster: Cluster, master: Seen, result: dict[str, t.Any]) -> Outcome:
    """Lead the stragglers to the master and wait until every host that answers works again, for both captains."""
    pool = read_pool(context.xapi)
    task = _task(scene, master, pool)
    idle = [host.name for host in task.to_enable if not _enabled(pool, host)]
    changed = bool(task.stragglers)
    if not context.check_mode:
        deadline = Deadline(context)
        pool = _carry_out(context, deadline, task)
        _wait_for_cloudstack(context, deadline, task, cluster, pool)
    run, warnings = _run_under_way(context)
    disabled = _disabled(pool, task, idle if context.check_mode else [])
    followers = [host.name for host in scene.hosts if host.answers and host is not master]
    return Outcome(
        changed=changed,
        result={
            **result,
            "master": master.name,
            "led": [host.name for host in task.stragglers],
            "enabled": idle if context.check_mode else task.asked,
            "disabled": [host.name for host in disabled],
            "silent": [_silent(context, pool, host) for host in scene.silent],
            "left": [
                *_left(context, pool, scene),
                *(left_disabled(host.name, task.kept.get(host.address, []), host is master) for host in disabled),
                *([_HA_OFF] if changed and not pool.ha.enabled else []),
            ],
            "run": run,
        },
        before={"followers": sorted(set(followers) - {h.name for h in task.stragglers}), "not_enabled": idle},
        after={"followers": sorted(followers), "not_enabled": []},
        warnings=warnings,
    )


def _task(scene: Scene, master: Seen, pool: Pool) -> _Task:
    answering = [host for host in scene.hosts if host.answers]
    stragglers = scene.stragglers(master)
    kept = {host.address: signs for host in answering if (signs := _signs(pool, host))}
    # Where nobody has to be led nobody was elected just now either, and the master is left as it is.
    touched = [master, *stragglers] if stragglers else []
    to_enable = [host for host in touched if host.address not in kept]
    return _Task(master, tuple(answering), tuple(stragglers), tuple(to_enable), kept)


def _signs(pool: Pool, host: Seen) -> list[str]:
    """That somebody keeps it out of service, in either system."""
    own = _own(pool, host)
    in_pool = pool_marks(own, read_record(pool.other_config)) if own else ()
    return [*cloud_marks(host.cloud.resource_state if host.cloud else ""), *in_pool]


def _carry_out(context: Context, deadline: Deadline, task: _Task) -> Pool:
    _lead(context, task)
    pool = _wait_for_service(context, deadline, task)
    if task.stragglers:
        context.report(f"every host that answers follows {task.master.name}")
    return pool


def _lead(context: Context, task: _Task) -> None:
    """The master calls everybody at once when nobody follows; whoever does would be restarted for nothing."""
    reached: set[str] = set()
    alone = {host.address for host in task.stragglers} | {task.master.address}
    if task.stragglers and alone >= {host.address for host in task.answering}:
        # Safe here and only here: on a member this call takes the role from a living master (xapi_observed.md).
        refs = context.xapi.call("pool.recover_slaves", about=task.master.name)
        reached = {host.address for host in read_pool(context.xapi).hosts if host.ref in refs}
        context.report(f"{task.master.name} has called {len(reached)} hosts to follow it")
    for host in task.stragglers:
        if host.address not in reached:
            _point(context, host, task.master)


def _point(context: Context, host: Seen, master: Seen) -> None:
    try:
        with LocalSession.open(host.door, credentials_for_a_look(context)) as local:
            local.call("pool.emergency_reset_master", master.address, about=host.name)
    except ConnectionLost:
        # Whether it was heard is unknown; it follows in the end or is named as one that does not.
        context.report(f"{host.name}: its answer was lost, waiting whether it follows {master.name}")
        return
    except XapiError as error:
        raise MaintenanceError(
            f"{error.message} It was to follow {master.name}: repair it by hand, then run this again."
        ) from None
    context.report(f"{host.name} was told to follow {master.name}")


def _wait_for_service(context: Context, deadline: Deadline, task: _Task) -> Pool:
    led: set[str] = set()

    def judge(pool: Pool) -> Pool | NotYet:
        waiting = []
        for host in task.answering:
            why = _not_yet(context, pool, host, task, led)
            if why:
                waiting.append(f"{host.name} {why}")
        return NotYet(", ".join(dict.fromkeys(waiting))) if waiting else pool

    return deadline.wait_for_pool(
        f"{task.master.name}: waiting for every host to follow it and be enabled", judge, _LOOK
    )


def _not_yet(context: Context, pool: Pool, host: Seen, task: _Task, led: set[str]) -> str | None:
    """Why a host does not work yet; a database from before the election may still call it enabled."""
    if host in task.stragglers and host.address not in led:
        sighting = look_at(host.door, credentials_for_a_look(context))
        if sighting.follows != task.master.address or not sighting.hears:
            if sighting.role is Role.SILENT:
                return sighting.why
            # A toolstack that was down when it was called does not know of it; one that starts already obeys.
            if sighting.follows != task.master.address and sighting.code != "HOST_STILL_BOOTING":
                _point(context, host, task.master)
            return "does not follow yet"
        led.add(host.address)
    own = _own(pool, host)
    if host.address in task.kept or (own is not None and own.enabled):
        return None
    if host not in task.to_enable:
        return _starting(context, pool, own)
    return _enabling(context, own, host.name, task) if own else f"is unknown to {task.master.name}"


def _starting(context: Context, pool: Pool, own: Host | None) -> str | None:
    """A host enables itself after its own start and its master's; later nobody but the one who disabled it does."""
    if own is None:
        return None
    now = epoch_s(context.xapi.call("host.get_servertime", pool.master))
    begun = max(own.agent_start_time, pool.master_host.agent_start_time)
    return "is disabled and may still be starting" if now - begun < _START_S else None


def _enabling(context: Context, own: Host, name: str, task: _Task) -> str:
    """Whoever is enabled here is named, whatever becomes of the call's answer."""
    if name not in task.asked:
        task.asked.append(name)
        context.report(f"{name} is disabled in the pool and is being enabled")
    try:
        context.xapi.call("host.enable", own.ref, about=name)
    except XapiError as error:
        return "is still starting" if transient(error) else f"cannot be enabled ({error.code})"
    return "is being enabled"


def _wait_for_cloudstack(context: Context, deadline: Deadline, task: _Task, cluster: Cluster, pool: Pool) -> None:
    """Until it sees every enabled host; it sees none through a master that is disabled (xapi.md 5.9)."""
    enabled = [host.cloud for host in task.answering if host.cloud and _enabled(pool, host)]
    expected = {cloud.id for cloud in enabled if cloud.resource_state == "Enabled"}
    if not expected or not cluster.managed or not _enabled(pool, task.master):
        return

    def probe() -> bool | NotYet:
        hosts = read_hosts(context.cloudstack, clusterid=cluster.id)
        waiting = [f"{host.name} is {host.state}" for host in hosts if host.id in expected and host.state != "Up"]
        return NotYet(", ".join(waiting)) if waiting else True

    deadline.waiter().wait(
        f"{cluster.name}: waiting until CloudStack sees its hosts as Up", probe, "Look at the management server's log."
    )


def _own(pool: Pool, host: Seen) -> Host | None:
    return next((each for each in pool.hosts if each.address == host.address), None)


def _enabled(pool: Pool, host: Seen) -> bool:
    own = _own(pool, host)
    return own is not None and own.enabled


def _disabled(pool: Pool, task: _Task, soon: t.Collection[str]) -> list[Seen]:
    """Who answers and is not enabled; in check mode ``soon`` names those that would be."""
    return [host for host in task.answering if not _enabled(pool, host) and host.name not in soon]


def _silent(context: Context, pool: Pool, host: Seen) -> dict[str, t.Any]:
    """A host that does not answer, and the VMs that the pool still counts on it."""
    own = _own(pool, host)
    vms = [vm.name for vm in pool.guests_on(own)] if own else []
    return {"name": host.name, "vms": vms, "confirmed_dead": confirmed(host, context.params["confirm_dead"])}


def _left(context: Context, pool: Pool, scene: Scene) -> list[str]:
    """What people have to do about the hosts that are silent."""
    lines = []
    for host in scene.silent:
        seen = _silent(context, pool, host)
        lines.append(still_silent(host, len(seen["vms"]), seen["confirmed_dead"]))
    return lines


def _run_under_way(context: Context) -> tuple[dict[str, t.Any] | None, list[str]]:
    """The record of a run that died with the master, as far as this copy of the database has it."""
    book = RecordBook.open(context)
    record = book.record
    if record is None:
        return None, []
    text = f"{book.label}: {record.holding(book.now)} was under way. Run the role resume when every host is back."
    return record.as_dict(), [text]
