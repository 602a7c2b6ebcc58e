# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pool that may have lost its master: who sees what, and what speaks against electing another.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass

from .cluster import MAINTENANCE_STATES, CsHost

# The master gives its database to one member every 300 s, in turn (xapi.md 3.2).
COPY_INTERVAL_S = 300
# The emergency errors that only a living master causes (xapi.md 1.7).
_MASTER_ANSWERED = frozenset(
    {
        "HOST_MASTER_CANNOT_TALK_BACK",
        "HOST_UNKNOWN_TO_MASTER",
        "HOST_XAPI_VERSION_HIGHER_THAN_COORDINATOR",
        "HA_POOL_IS_ENABLED_BUT_HOST_IS_DISABLED",
    }
)
_OFF = "Make sure that it is off and not only without its toolstack: two instances of a VM destroy its disk."
_PATCHED = (
    "CloudStack has it in maintenance. If a rolling patch was under way, every copy of the database is as old as its "
    "begin, although CloudStack shows one version: rather repair the master."
)
# Nobody starts from the copy of a host that is in one of these.
_UNFIT = frozenset({"HOST_BROKEN", "HOST_STILL_BOOTING", "HOST_HAS_NO_MANAGEMENT_IP", "HOST_UNKNOWN_TO_MASTER"})


class Role(enum.Enum):
    """What a host says it is."""

    MASTER = "master"
    MEMBER = "member"
    EMERGENCY = "emergency"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one look at one host has shown.

    ``follows`` is the address of the master it believes in, ``hears`` whether it can read that one's database,
    ``ha`` whether that database says that pool HA is on; None where nobody knows.
    """

    role: Role
    follows: str = ""
    hears: bool | None = None
    ha: bool | None = None
    why: str = ""
    code: str = ""
    accepts: bool = False
    refuses: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """A host of the pool, as itself and as CloudStack shows it; ``door`` is where it is reached."""

    name: str
    address: str
    door: str
    sighting: Sighting
    cloud: CsHost | None = None

    @property
    def role(self) -> Role:
        return self.sighting.role

    @property
    def answers(self) -> bool:
        return self.role is not Role.SILENT

    @property
    def out_of_service(self) -> bool:
        """CloudStack has it in maintenance: somebody wants it disabled."""
        return self.cloud is not None and self.cloud.resource_state in MAINTENANCE_STATES


@dataclass(frozen=True, slots=True)
class Copy:
    """What the operator has read on a member about its copy of the database."""

    generation: int
    age_s: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the operator wants and vouches for."""

    host: str
    confirmed_dead: tuple[str, ...]
    copies: t.Mapping[str, Copy]


@dataclass(frozen=True, slots=True)
class Scene:
    """All hosts of the pool at one moment."""

    label: str
    hosts: tuple[Seen, ...]

    @property
    def masters(self) -> list[Seen]:
        return [host for host in self.hosts if host.role is Role.MASTER]

    @property
    def silent(self) -> list[Seen]:
        return [host for host in self.hosts if not host.answers]

    @property
    def candidates(self) -> list[Seen]:
        """Who has a copy of the database to start from."""
        fit = (Role.MEMBER, Role.EMERGENCY)
        return [host for host in self.hosts if host.role in fit and host.sighting.code not in _UNFIT]

    @property
    def lost(self) -> list[Seen]:
        """The master that is gone; every silent host, when no member says whom it follows."""
        followed = {host.sighting.follows for host in self.hosts}
        return [host for host in self.silent if host.address in followed] or self.silent

    @property
    def copies_up_to_s(self) -> int:
        """How old the oldest copy can be, counted from the master's death."""
        return COPY_INTERVAL_S * max(1, len(self.hosts) - 1)

    def stragglers(self, master: Seen) -> list[Seen]:
        """Who answers and does not follow this master."""
        others = [host for host in self.hosts if host.answers and host is not master]
        return [host for host in others if host.sighting.follows != master.address]

    def find(self, text: str) -> Seen | None:
        return next((host for host in self.hosts if text in (host.name, host.address)), None)


def choose(scene: Scene, asked: Asked) -> Seen | str:
    """Who is to become master, or why that cannot be said."""
    fit = scene.candidates
    if asked.host:
        return _named(scene, asked.host)
    if not fit:
        return "no host answers that could become master"
    if len(fit) == 1:
        return fit[0]
    ages = {host.address: _copy_of(host, asked.copies) for host in fit}
    unknown = [host.name for host in fit if ages[host.address] is None]
    if unknown:
        return (
            f"whose copy of the database is the newest is not known (XAPI does not tell; give in copies what "
            f"/var/lib/xcp/state.db.generation says on {_names(unknown)}, or name a host)"
        )
    return max(fit, key=lambda host: (t.cast(Copy, ages[host.address]).generation, host.name))


def _named(scene: Scene, wanted: str) -> Seen | str:
    host = scene.find(wanted)
    if host is None:
        return f"{wanted} is none of its hosts, which are {_names([each.name for each in scene.hosts])}"
    if host not in scene.candidates:
        return f"{host.name} cannot become master, it {described(host)}"
    return host


def _copy_of(host: Seen, copies: t.Mapping[str, Copy]) -> Copy | None:
    return copies.get(host.name) or copies.get(host.address)


def copy_lines(scene: Scene, asked: Asked) -> list[str]:
    """What is known about the age of each copy."""
    known = [(host, _copy_of(host, asked.copies)) for host in scene.candidates]
    told = [f"{host.name}: its copy is of generation {copy.generation}{_age(copy)}" for host, copy in known if copy]
    return told or [
        f"copies of the database: XAPI does not tell their age; when the master died one of the {len(known)} was at "
        f"most {COPY_INTERVAL_S} s old, and the oldest at most {scene.copies_up_to_s} s"
    ]


def _age(copy: Copy) -> str:
    return "" if copy.age_s is None else f", {copy.age_s} s old"


def older_than_another(scene: Scene, asked: Asked, chosen: Seen) -> str | None:
    """A warning when the operator has chosen a copy that is not the newest."""
    own = _copy_of(chosen, asked.copies)
    others = [(host, copy) for host in scene.candidates if (copy := _copy_of(host, asked.copies))]
    newer = [host.name for host, copy in others if own and copy.generation > own.generation]
    return f"{chosen.name}: its copy of the database is older than that of {_names(newer)}" if newer else None


def against(scene: Scene, asked: Asked) -> list[str]:
    """Every reason not to elect, all at once (peers.md I16)."""
    chosen = choose(scene, asked)
    return [
        *_armed(scene),
        *_hearing(scene),
        *_alive(scene),
        *_mixed(scene),
        *_unconfirmed(scene, asked),
        *([chosen] if isinstance(chosen, str) else []),
    ]


def _armed(scene: Scene) -> t.Iterator[str]:
    armed = [h.name for h in scene.hosts if h.sighting.ha or h.sighting.code.startswith("HA_")]
    if armed:
        yield f"pool HA is on according to {_names(armed)}, so the hosts elect a master themselves"


def _hearing(scene: Scene) -> t.Iterator[str]:
    hearing = [h.name for h in scene.hosts if h.sighting.hears or h.sighting.code in _MASTER_ANSWERED]
    if hearing:
        verb = _verb(hearing, "hears", "hear")
        yield f"the master is alive, {_names(hearing)} {verb} it and only the way from here to it is cut"
    unknown = [h.name for h in scene.hosts if h.role is Role.MEMBER and h.sighting.hears is None]
    if unknown:
        yield f"whether {_names(unknown)} {_verb(unknown, 'hears', 'hear')} the master could not be found out"
    starting = [h.name for h in scene.hosts if h.sighting.code == "HOST_STILL_BOOTING"]
    if starting:
        yield f"{_names(starting)} {_verb(starting, 'is', 'are')} still starting"


def _alive(scene: Scene) -> t.Iterator[str]:
    for host in scene.lost:
        if host.sighting.accepts:
            yield f"{host.name} has power, it takes connections and does not answer them"
        if host.cloud is not None and host.cloud.state == "Up":
            yield f"CloudStack sees {host.name} as Up"
        if host.cloud is not None and host.cloud.power.lower() == "on":
            yield f"out-of-band management says that {host.name} has power"


def _mixed(scene: Scene) -> t.Iterator[str]:
    """No copy is refreshed while versions differ, so all are as old as the upgrade (xapi.md 3.1)."""
    versions: dict[str, list[str]] = {}
    for host in scene.hosts:
        if host.cloud is not None and host.cloud.version:
            versions.setdefault(host.cloud.version, []).append(host.name)
    newer = [h.name for h in scene.hosts if h.sighting.code == "HOST_XAPI_VERSION_HIGHER_THAN_COORDINATOR"]
    old = "so every copy is as old as the upgrade"
    told = [f"{_names(names)} with {version}" for version, names in sorted(versions.items())]
    if len(told) > 1:
        yield f"its hosts differ in version ({', '.join(told)}), {old}"
    elif newer:
        yield f"its hosts differ in version ({_names(newer)} newer than the master), {old}"


def _unconfirmed(scene: Scene, asked: Asked) -> t.Iterator[str]:
    """A host that is silent can be alive behind a cut cable, with its VMs: only a person can look."""
    missing = [h.name for h in scene.silent if not confirmed(h, asked.confirmed_dead)]
    if missing:
        yield f"nobody has confirmed that {_names(missing)} {_verb(missing, 'is', 'are')} without power (confirm_dead)"
    alive = [name for name in asked.confirmed_dead if (host := scene.find(name)) is not None and host.answers]
    if alive:
        yield f"{_names(alive)} {_verb(alive, 'was', 'were')} confirmed dead and {_verb(alive, 'answers', 'answer')}"
    strange = [name for name in asked.confirmed_dead if scene.find(name) is None]
    if strange:
        yield f"{_names(strange)}, confirmed dead, {_verb(strange, 'is none', 'are none')} of its hosts"
    if not scene.silent and not asked.host:
        yield "every host answers and none is master, so name the one that was master last in host"


def confirmed(host: Seen, names: t.Collection[str]) -> bool:
    """Somebody has looked at it, and typed its name."""
    return bool({host.name, host.address} & set(names))


def doubts(scene: Scene) -> list[str]:
    """What does not forbid an election and should be looked at."""
    refuse = "it refuses the connection instead of being silent, and who refuses has power"
    alert = "CloudStack sees it as Alert and not as Down, so nobody has proved it dead"
    found = [f"{host.name}: {refuse}. {_OFF}" for host in scene.lost if host.sighting.refuses]
    found += [f"{host.name}: {alert}. {_OFF}" for host in scene.lost if host.cloud and host.cloud.state == "Alert"]
    return found + [f"{host.name}: {_PATCHED}" for host in scene.hosts if host.out_of_service]


def described(host: Seen) -> str:
    """What a host shows, for people; the subject is the host."""
    sighting = host.sighting
    if sighting.role is Role.MASTER:
        return "serves as master"
    if sighting.role is Role.SILENT:
        return f"is silent: it {sighting.why}"
    if sighting.role is Role.EMERGENCY:
        return f"is in emergency mode ({sighting.code})"
    hears = {
        True: "hears it",
        False: "does not hear it, its calls hang",
        None: "could not be asked whether it hears it",
    }
    return f"is a member of {sighting.follows} and {hears[sighting.hears]}"


def view(host: Seen) -> dict[str, t.Any]:
    """A host as playbooks read it."""
    return {
        "name": host.name,
        "address": host.address,
        "role": host.role.value,
        "follows": host.sighting.follows or None,
        "hears_master": host.sighting.hears,
        "ha_enabled": host.sighting.ha,
        "emergency": host.sighting.code or None,
        "seen": described(host),
        "version": host.cloud.version if host.cloud else None,
        "cloudstack_state": host.cloud.state if host.cloud else None,
        "power": host.cloud.power if host.cloud else None,
    }


def _names(names: t.Sequence[str]) -> str:
    return ", ".join(names)


def _verb(names: t.Sequence[str], one: str, many: str) -> str:
    return one if len(names) == 1 else many
