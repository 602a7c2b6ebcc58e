# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that shall leave a pool: who is meant, what stands in the way, what would be lost (xapi.md 4.2, 4.3).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import ipaddress
import typing as t
import uuid
from dataclasses import dataclass

from .errors import MaintenanceError
from .estate import Host, Pool, Sr
from .ha_ready import busy
from .lookup import find_host

# Drives and installation media: whatever is listed there is not stored there.
_NO_DATA = frozenset({"udev", "iso"})


@dataclass(frozen=True, slots=True)
class Leaver:
    """A host that was asked for, by what was given for it; ``host`` is None when the pool has it no more."""

    given: str
    host: Host | None

    def as_dict(self, changed: bool) -> dict[str, t.Any]:
        """The host for results."""
        if self.host is not None:
            return {"name": self.host.name, "uuid": self.host.uuid, "address": self.host.address, "changed": changed}
        address = self.given if is_address(self.given) else None
        return {"name": self.given, "uuid": None if address else self.given, "address": address, "changed": False}


def leavers(pool: Pool, wanted: t.Iterable[str]) -> list[Leaver]:
    """Each host once; one that the pool does not know has left, if it is not called by a name.

    :raises MaintenanceError: a name that no host of the pool has may as well be a mistake.
    """
    found: dict[str, Leaver] = {}
    wrong: list[str] = []
    for given in wanted:
        leaver = _leaver(pool, given)
        if isinstance(leaver, str):
            wrong.append(leaver)
        else:
            found.setdefault(leaver.host.ref if leaver.host else given, leaver)
    if wrong:
        raise MaintenanceError(f"{' '.join(wrong)} A host that has left already is known by its address or UUID only.")
    return list(found.values())


def _leaver(pool: Pool, given: str) -> Leaver | str:
    if not any(given in (host.name, host.address, host.uuid) for host in pool.hosts) and outlives_name(given):
        return Leaver(given, None)
    try:
        return Leaver(given, find_host(pool, given))
    except MaintenanceError as error:
        return error.message


def still_here(pool: Pool, wanted: t.Iterable[str]) -> list[str]:
    """Those of the hosts that the pool still has, as they were given."""
    names = {name for host in pool.hosts for name in (host.name, host.address, host.uuid)}
    return [given for given in wanted if given in names]


def outlives_name(text: str) -> bool:
    """An address or a UUID says which host is meant, also when nobody knows it any more."""
    return is_address(text) or _is_uuid(text)


def is_address(text: str) -> bool:
    """True for an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return len(text) == len("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")


def pool_obstacles(pool: Pool) -> list[str]:
    """Why XAPI lets no host go at all."""
    return (["HA is on"] if pool.ha.enabled else []) + busy(pool)


def eject_obstacles(pool: Pool, hosts: t.Sequence[Host], accept_storage_loss: bool) -> list[str]:
    """Everything that keeps these living hosts in the pool, at once."""
    found = pool_obstacles(pool)
    for host in hosts:
        found += [f"{host.name} {why}" for why in _host_obstacles(pool, host)]
    return found + ([] if accept_storage_loss else [f"{loss} would be wiped" for loss in losses(pool, hosts)])


def _host_obstacles(pool: Pool, host: Host) -> t.Iterator[str]:
    if host.is_master:
        yield "is the pool's master"
    if not host.live:
        yield "is not alive, so it cannot be ejected but only be forgotten (state: forgotten)"
    guests = pool.guests_on(host)
    if guests:
        yield f"still has guests ({', '.join(vm.name for vm in guests)})"


def losses(pool: Pool, hosts: t.Sequence[Host]) -> list[str]:
    """Storage with virtual disks that nobody but the leaving hosts has, in words."""
    return [f"{_disks(sr)} on {sr.name} of {_owners(pool, sr)}" for sr in lost_storage(pool, hosts)]


def lost_storage(pool: Pool, hosts: t.Sequence[Host]) -> list[Sr]:
    """The storage behind these words."""
    gone = {host.ref for host in hosts}
    return [sr for sr in pool.srs if sr.disks and sr.kind not in _NO_DATA and sr.hosts and set(sr.hosts) <= gone]


def _disks(sr: Sr) -> str:
    return "1 virtual disk" if sr.disks == 1 else f"{sr.disks} virtual disks"


def _owners(pool: Pool, sr: Sr) -> str:
    return " and ".join(sorted(pool.host(ref).name for ref in sr.hosts))


@dataclass(frozen=True, slots=True)
class Signs:
    """What others know of a host that is said to be dead; ``apart``: it says itself that it is a pool of its own."""

    apart: bool = False
    answers: bool = False
    cloudstack_state: str = ""
    power: str = ""

    @property
    def off(self) -> bool:
        """Its own management controller says that it is off."""
        return self.power == "Off"


def forget_obstacles(
    pool: Pool, hosts: t.Mapping[str, Signs], confirmed: t.Collection[str], accept_storage_loss: bool
) -> list[str]:
    """Everything that speaks against these hosts being dead for good, at once.

    :param hosts: the signs by the hosts' references.
    :param confirmed: names that the operator has typed.
    """
    found = pool_obstacles(pool)
    # A host that says itself that it has left needs no other proof, and has been wiped already.
    dead = [pool.host(ref) for ref, signs in hosts.items() if not signs.apart]
    for host in dead:
        found += [f"{host.name} {why}" for why in _signs_of_life(pool, host, hosts[host.ref])]
        if host.name not in confirmed:
            found.append(f"nobody has confirmed that {host.name} is off for good (confirm_dead: [{host.name}])")
    return found + ([] if accept_storage_loss else [f"{loss} would be given up" for loss in losses(pool, dead)])


def _signs_of_life(pool: Pool, host: Host, signs: Signs) -> t.Iterator[str]:
    if host.is_master:
        yield "is the pool's master"
    if host.live:
        yield "is alive for XAPI"
    if signs.answers:
        yield f"still answers at {host.address}"
    if signs.cloudstack_state == "Up":
        yield "is Up for CloudStack"
    if signs.power == "On":
        yield "is switched on, as its management controller says"
    guests = pool.guests_on(host)
    # Where it is not proved that the machine is off, resetting a VM may run it twice (xapi.md 4.3).
    if guests and not signs.off:
        names = ", ".join(vm.name for vm in guests)
        yield f"still has guests in the pool's database ({names}), and there is no proof that it is off"
