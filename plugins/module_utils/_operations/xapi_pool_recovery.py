# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at a pool that has lost its master, makes another host master, and leads the members to it.

Nothing of it needs a record of a run: while there is no master there is no database to write one into, and no step
leaves anything behind that would have to be taken back. What is left to do is seen anew every time.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._argspec import ArgumentSpec, cloudstack_spec, waiting_spec, xapi_spec
from .._maintenance import election
from .._maintenance.cluster import Cluster
from .._maintenance.election import Asked, Copy, Role, Scene, Seen
from .._maintenance.errors import MaintenanceError
from .._maintenance.waiter import NotYet
from .._xapi.errors import ConnectionLost, XapiError
from .._xapi.local_session import LocalSession
from .._xapi.sight import look_at
from . import _followers
from ._context import Context, Outcome
from ._pool import Deadline, refuse
from ._scene import credentials_for_a_look, read_scene

_COPY = {
    "host": {"type": "str", "required": True},
    "generation": {"type": "int", "required": True},
    "age": {"type": "int"},
}
SPEC = (
    xapi_spec()
    | cloudstack_spec()
    | waiting_spec(900)
    | ArgumentSpec(
        options={
            "state": {"type": "str", "choices": ["examined", "elected", "recovered"], "default": "examined"},
            "cluster": {"type": "str"},
            "host": {"type": "str"},
            "confirm_dead": {"type": "list", "elements": "str", "default": []},
            "copies": {"type": "list", "elements": "dict", "options": _COPY, "default": []},
            "hearing_timeout": {"type": "float", "default": 20.0},
        }
    )
)

_REMEDY = (
    "Nothing was changed. Repair the master when it can be repaired; elect another only when all of this is settled."
)
_TWO = "Decide whose database counts and name it in host; state recovered makes the other one its member."


def run(context: Context) -> Outcome:
    """Look at every host at the same time, then do what is asked."""
    scene, cluster = _settled(context)
    states = {"examined": _examine, "elected": _elect, "recovered": _recover}
    return states[context.params["state"]](context, scene, cluster)


def _settled(context: Context) -> tuple[Scene, Cluster]:
    """A master that comes back says that it is one, for less than a second, before it finds the other."""
    scene, cluster = read_scene(context)
    if len(scene.masters) < 2:
        return scene, cluster
    context.clock.sleep(context.params["poll_interval"])
    return read_scene(context)


def _examine(context: Context, scene: Scene, _cluster: Cluster) -> Outcome:
    asked = _asked(context)
    _tell(context, scene)
    missing = not scene.masters
    if missing:
        for line in election.copy_lines(scene, asked):
            context.report(line)
    return Outcome(
        result={
            **_result(scene),
            "reasons": election.against(scene, asked) if missing else [],
            "candidate": _candidate(scene, asked) if missing else None,
            "copies": election.copy_lines(scene, asked),
        },
        warnings=election.doubts(scene) if missing else [],
    )


def _elect(context: Context, scene: Scene, _cluster: Cluster) -> Outcome:
    if scene.masters:
        master = _the_one_to_follow(scene, context.params["host"])
        return Outcome(result={**_result(scene), "master": master.name}, before=_brief(scene), after=_brief(scene))
    asked = _asked(context)
    _tell(context, scene)
    refuse(scene.label, election.against(scene, asked), _REMEDY)
    chosen = election.choose(scene, asked)
    if isinstance(chosen, str):
        raise MaintenanceError(f"{scene.label}: {chosen}. {_REMEDY}")
    if not context.check_mode:
        _transition(context, chosen)
    older = election.older_than_another(scene, asked, chosen)
    return Outcome(
        changed=True,
        result={**_result(scene), "master": chosen.name},
        before=_brief(scene),
        after={"master": chosen.name},
        warnings=[*election.doubts(scene), *([older] if older else []), *_not_asked(context)],
    )


def _not_asked(context: Context) -> list[str]:
    """Whether a host is armed cannot be read without a master; the call itself refuses (xapi.md 3.2)."""
    text = "Whether HA is armed cannot be asked while there is no master: the host itself refuses the election then."
    return [text] if context.check_mode else []


def _transition(context: Context, chosen: Seen) -> None:
    deadline = Deadline(context)
    try:
        with LocalSession.open(chosen.door, credentials_for_a_look(context)) as local:
            local.call("pool.emergency_transition_to_master", about=chosen.name)
    except XapiError as error:
        raise _armed(chosen) if error.code == "HA_IS_ENABLED" else error from None
    except ConnectionLost:
        # Whether it was heard is unknown; a host that becomes master shows it.
        context.report(f"{chosen.name}: its answer was lost, waiting whether it becomes master")
    credentials = credentials_for_a_look(context)

    def probe() -> bool | NotYet:
        sighting = look_at(chosen.door, credentials)
        return True if sighting.role is Role.MASTER else NotYet(_still(sighting))

    what = f"{chosen.name}: becoming master"
    deadline.waiter().wait(what, probe, "Look at /var/log/xensource.log of the host, then run this again.")
    context.report(f"{chosen.name} is master now")


def _still(sighting: election.Sighting) -> str:
    return f"it {sighting.why}" if sighting.role is Role.SILENT else f"it is still a {sighting.role.value}"


def _armed(chosen: Seen) -> MaintenanceError:
    return MaintenanceError(
        f"{chosen.name}: pool HA is armed on it, so the hosts elect a master themselves. Nothing was changed. Wait for "
        "them: two to four minutes with an HA timeout of 60 s, six to nine with 180 s. When nobody is elected by then, "
        "look for the statefile's storage; only host-emergency-ha-disable on every host ends HA without a master."
    )


def _recover(context: Context, scene: Scene, cluster: Cluster) -> Outcome:
    master = _the_one_to_follow(scene, context.params["host"])
    context.begin_at(master.door)
    return _followers.bring(context, scene, cluster, master, _result(scene))


def _the_one_to_follow(scene: Scene, wanted: str | None) -> Seen:
    if not scene.masters:
        refuse(scene.label, ["no host serves as master"], "Elect one first, with state elected.")
    if not wanted:
        return _only_master(scene)
    named = scene.find(wanted)
    if named is None or named.role is not Role.MASTER:
        serving = ", ".join(host.name for host in scene.masters)
        raise MaintenanceError(f"{wanted}: it does not serve as master, {serving} does. Name that one in host.")
    return named


def _only_master(scene: Scene) -> Seen:
    if len(scene.masters) > 1:
        both = " and ".join(host.name for host in scene.masters)
        raise MaintenanceError(f"{scene.label}: {both} both serve as master. {_TWO}")
    return scene.masters[0]


def _asked(context: Context) -> Asked:
    copies = {each["host"]: Copy(each["generation"], each["age"]) for each in context.params["copies"]}
    return Asked(context.params["host"] or "", tuple(context.params["confirm_dead"]), copies)


def _candidate(scene: Scene, asked: Asked) -> str | None:
    chosen = election.choose(scene, asked)
    return None if isinstance(chosen, str) else chosen.name


def _tell(context: Context, scene: Scene) -> None:
    for host in scene.hosts:
        cloud = f"; CloudStack sees it as {host.cloud.state}" if host.cloud else ""
        context.report(f"{host.name} {election.described(host)}{cloud}")


def _result(scene: Scene) -> dict[str, t.Any]:
    return {
        "master": scene.masters[0].name if scene.masters else None,
        "lost": [host.name for host in scene.lost] if not scene.masters else [],
        "hosts": [election.view(host) for host in scene.hosts],
    }


def _brief(scene: Scene) -> dict[str, t.Any]:
    return {"master": scene.masters[0].name if scene.masters else None}
