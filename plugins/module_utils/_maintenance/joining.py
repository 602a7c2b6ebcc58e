# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What XAPI asks of both sides before a host may join a pool (xapi.md 4.1), as findings, all of them at once.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .audit.model import Finding
from .estate import Pool, Strings

# The pool that is joined decides; joining by force does not skip these.
_PLATFORM = ("platform_version", "product_brand")
_SOFTWARE = ("product_version", "xapi_build", "build_number", "git_id")
# A pool whose licence restricts its size has at most three hosts.
_RESTRICTED_SIZE = 3

_EXTRAS = {
    "Bond": ("a bond", "bonds"),
    "VLAN": ("a VLAN", "VLANs"),
    "tunnel": ("a tunnel", "tunnels"),
    "network_sriov": ("an SR-IOV network", "SR-IOV networks"),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a join: the pool, or the pool of its own that a joining host is.

    ``address`` is that of its master; ``extras`` counts what a joiner must not have on its network, by class.
    ``cards`` are the network cards that each of its hosts has, by their device, with the network on them.
    ``patches`` are the hotfixes of the master up to 7.0, ``updates`` those of later releases that every host must have.
    """

    name: str
    address: str
    uuid: str
    hosts: int = 1
    ha: bool = False
    clustered: bool = False
    busy: tuple[str, ...] = ()
    software: Strings = field(default_factory=dict)
    cpu_vendor: str = ""
    api_version: str = ""
    db_schema: str = ""
    external_auth: str = ""
    network_backend: str = ""
    management_vlan: str = "-1"
    address_type: str = ""
    sdn_controllers: tuple[str, ...] = ()
    patches: frozenset[str] = frozenset()
    updates: frozenset[str] = frozenset()
    tls_verification: bool | None = None
    licence: Strings = field(default_factory=dict)
    guidance: tuple[str, ...] = ()
    shared_srs: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    suspended: tuple[str, ...] = ()
    in_motion: tuple[str, ...] = ()
    extras: t.Mapping[str, int] = field(default_factory=dict)
    cards: Strings = field(default_factory=dict)
    agent_start_time: float = 0.0

    def restricted(self, what: str) -> bool:
        """Whether the licence forbids something."""
        return self.licence.get(f"restrict_{what}", "false") == "true"


def join_findings(pool: Side, joiners: t.Sequence[Side], *, force: bool, ha_will_be_off: bool) -> list[Finding]:
    """Everything that would make XAPI refuse; ``ha_will_be_off`` forgives the pool its HA."""
    found = [*_pool_findings(pool, ha_will_be_off), *_size(pool, len(joiners))]
    for joiner in joiners:
        found += [*_state(joiner), *_guests(joiner), *_belongings(joiner), *_likeness(pool, joiner, force)]
        found += _cards(pool, joiner)
    return found


def cannot_look(address: str, why: str) -> Finding:
    """A host that gives no answer, or no entry."""
    thing, _colon, rest = why.partition(": ")
    text, _stop, remedy = (rest if thing == address else why).partition(". ")
    return _blocker(
        "joiner_unseen",
        address,
        text.rstrip("."),
        remedy or "Check its address, and joiner_username and joiner_password.",
    )


def cannot_enter(address: str) -> Finding:
    """A host that is in no pool yet has a password of its own."""
    return _blocker(
        "joiner_unseen",
        address,
        "the user name or the password of this newcomer is wrong (SESSION_AUTHENTICATION_FAILED)",
        "Correct joiner_username and joiner_password (role add_host: add_host_username, add_host_password); where they "
        "are not given, the pool's own are used.",
    )


def member_elsewhere(address: str, master: str) -> Finding:
    """A host that belongs to another pool."""
    return _blocker(
        "joiner_is_member",
        address,
        f"it is a member of another pool, whose master is {master}",
        "Let it leave that pool first (xapi_pool_member with state absent), or correct the address.",
    )


def member_of_nobody(address: str) -> Finding:
    """A host that follows a master which does not list it: nobody in the pool can do anything with it (xapi.md 4.2)."""
    return _blocker(
        "joiner_forgotten",
        address,
        "it takes itself for a member of a pool whose master does not know it: either it was forgotten while it was "
        "off, or it has joined and the master lost power before that was written",
        "The pool cannot eject what it does not list, and a member cannot join. While the master answers, run "
        "xe pool-emergency-transition-to-master on that host: with its copy of the database from before it joined it "
        "becomes a pool of its own; run this again then. With a later copy it follows the master again: install it "
        "anew.",
    )


def _blocker(code: str, thing: str, text: str, remedy: str) -> Finding:
    return Finding(code, "blocker", thing, text, remedy)


def _pool_findings(pool: Side, ha_will_be_off: bool) -> t.Iterator[Finding]:
    if pool.ha and not ha_will_be_off:
        yield _blocker(
            "join_ha_on", pool.name, "nobody may join while pool HA is on", "Switch it off with xapi_pool_ha."
        )
    if pool.busy:
        yield _blocker(
            "join_pool_busy", pool.name, f"the pool is busy with {', '.join(pool.busy)}", "Wait until it is over."
        )
    yield from _guidance(pool)


def _size(pool: Side, joining: int) -> t.Iterator[Finding]:
    if joining and pool.restricted("pool_size") and pool.hosts + joining > _RESTRICTED_SIZE:
        yield _blocker(
            "join_pool_size",
            pool.name,
            f"its licence allows {_RESTRICTED_SIZE} hosts, and it would have {pool.hosts + joining}",
            "Change the licence.",
        )


def _guidance(side: Side) -> t.Iterator[Finding]:
    for host in side.guidance:
        yield _blocker(
            "join_guidance",
            host,
            "updates demand a restart before anybody may join",
            "Restart the host, or its toolstack.",
        )


def _state(joiner: Side) -> t.Iterator[Finding]:
    if joiner.hosts > 1:
        yield _blocker(
            "joiner_leads_others",
            joiner.name,
            f"it is the master of a pool of {joiner.hosts} hosts",
            "Let its members leave first, or correct the address.",
        )
    if joiner.ha:
        yield _blocker("joiner_ha_on", joiner.name, "HA is on there", "Switch it off on that host.")
    if joiner.clustered:
        yield _blocker("joiner_clustered", joiner.name, "clustering is on there", "Switch it off on that host.")
    if joiner.restricted("pooling"):
        yield _blocker(
            "joiner_licence", joiner.name, "its licence does not allow it to join a pool", "Change the licence."
        )
    if joiner.busy:
        yield _blocker(
            "joiner_busy", joiner.name, f"it is busy with {', '.join(joiner.busy)}", "Wait until it is over."
        )
    yield from _guidance(joiner)


def _guests(joiner: Side) -> t.Iterator[Finding]:
    if joiner.running:
        yield _blocker(
            "joiner_running_vms",
            joiner.name,
            f"VMs run on it: {', '.join(joiner.running)}",
            "Shut them down or move them away.",
        )
    if joiner.suspended:
        yield _blocker(
            "joiner_suspended_vms",
            joiner.name,
            f"it has suspended VMs: {', '.join(joiner.suspended)}",
            "Resume them, then shut them down.",
        )
    if joiner.in_motion:
        yield _blocker(
            "joiner_busy_vms",
            joiner.name,
            f"something is being done with its VMs: {', '.join(joiner.in_motion)}",
            "Wait until it is over.",
        )


def _belongings(joiner: Side) -> t.Iterator[Finding]:
    if joiner.shared_srs:
        yield _blocker(
            "joiner_shared_srs",
            joiner.name,
            f"it has shared storage of its own: {', '.join(joiner.shared_srs)}",
            "Forget or detach it there; the pool brings its own.",
        )
    for cls, (one, many) in _EXTRAS.items():
        number = joiner.extras.get(cls, 0)
        if number:
            yield _blocker(
                "joiner_network",
                joiner.name,
                f"it has {one}" if number == 1 else f"it has {number} {many}",
                "Remove it there; the pool's networks are created when it has joined.",
            )


def _cards(pool: Side, joiner: Side) -> t.Iterator[Finding]:
    """XAPI lets it join all the same, but CloudStack's VMs need the networks that are on the cards."""
    missing = sorted(pool.cards.keys() - joiner.cards.keys())
    if missing:
        networks = ", ".join(sorted({pool.cards[device] for device in missing}))
        yield Finding(
            "joiner_cards",
            "warning",
            joiner.name,
            f"it has no network card {', '.join(missing)}, and every host of the pool has {networks} there",
            "Fit what is missing before VMs need these networks.",
        )


def _likeness(pool: Side, joiner: Side, force: bool) -> t.Iterator[Finding]:
    yield from _versions(pool, joiner, force)
    yield from _hotfixes(joiner, joiner.updates, pool.updates)
    if not force:
        yield from _hotfixes(joiner, joiner.patches, pool.patches)
    if not force and joiner.cpu_vendor != pool.cpu_vendor:
        yield _differs(joiner, "processor vendor", joiner.cpu_vendor, pool.cpu_vendor, "It cannot be in this pool.")
    for what, told, remedy in _ALIKE:
        if told(joiner) != told(pool):
            yield _differs(joiner, what, told(joiner), told(pool), remedy)


def _versions(pool: Side, joiner: Side, force: bool) -> t.Iterator[Finding]:
    """One finding for all of it: whoever differs in one of these numbers often differs in each."""
    keys = _PLATFORM if force else (*_PLATFORM, *_SOFTWARE)
    pairs = [(key, joiner.software.get(key, ""), pool.software.get(key, "")) for key in keys]
    pairs += [("api_version", joiner.api_version, pool.api_version), ("db_schema", joiner.db_schema, pool.db_schema)]
    other = [f"{key} {left or 'none'} instead of {right or 'none'}" for key, left, right in pairs if left != right]
    if other:
        yield _blocker(
            "joiner_version",
            joiner.name,
            f"its software differs from the pool's ({', '.join(other)})",
            "Bring it to the pool's level first.",
        )


def _hotfixes(joiner: Side, ours: frozenset[str], theirs: frozenset[str]) -> t.Iterator[Finding]:
    parts = [("it lacks", theirs - ours), ("only it has", ours - theirs)]
    told = [f"{words} {', '.join(sorted(names))}" for words, names in parts if names]
    if told:
        yield _blocker(
            "joiner_updates",
            joiner.name,
            f"its updates are not the pool's: {'; '.join(told)}",
            "Install what is missing on either side first.",
        )


def _differs(joiner: Side, what: str, left: str, right: str, remedy: str) -> Finding:
    return _blocker("joiner_differs", joiner.name, f"its {what} ({left}) is not the pool's ({right})", remedy)


def _on(value: bool | None) -> str:
    return "on" if value else "off"


# What has to be the same on both sides, also by force: what it is, how it is told, how to make it the same.
_ALIKE: tuple[tuple[str, t.Callable[[Side], str], str], ...] = (
    ("external authentication", lambda side: side.external_auth or "none", "Set it up alike."),
    ("network backend", lambda side: side.network_backend or "none", "Change it with xe-switch-network."),
    ("SDN controller", lambda side: ", ".join(side.sdn_controllers) or "none", "Set it up alike."),
    ("management VLAN", lambda side: side.management_vlan, "Move its management interface."),
    ("kind of management address", lambda side: side.address_type or "none", "Give it an address of the pool's kind."),
    (
        "verification of certificates",
        lambda side: _on(side.tls_verification),
        "Switch it on where it is off (pool.enable_tls_verification).",
    ),
)


def missing_storage(pool: Pool, uuid: str) -> list[str]:
    """References of the shared SRs that other hosts have plugged and this one has not."""
    host = next(host for host in pool.hosts if host.uuid == uuid)
    others = {other.ref for other in pool.hosts if other.ref != host.ref}
    return [
        sr.ref for sr in pool.srs if sr.shared and host.ref not in sr.plugged_on and others.intersection(sr.plugged_on)
    ]


def missing_networks(pifs: t.Mapping[str, t.Mapping[str, t.Any]], ref: str) -> list[str]:
    """References of the networks that every other host has an interface on, and this host has not."""
    hosts_on: dict[str, set[str]] = {}
    for pif in pifs.values():
        hosts_on.setdefault(pif["network"], set()).add(pif["host"])
    others = {pif["host"] for pif in pifs.values()} - {ref}
    return [network for network, hosts in hosts_on.items() if ref not in hosts and others and others <= hosts]
