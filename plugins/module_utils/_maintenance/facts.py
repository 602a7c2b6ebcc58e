# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit wants to know beside the picture of a pool and its cluster.

Nothing of it decides where VMs go; what could not be read is empty.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .ladder.facts import Voice


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of a host; ``kind`` is what it is for, ``host`` a reference."""

    host: str
    kind: str
    ends_at: float


@dataclass(frozen=True, slots=True)
class Bond:
    """Network cards of a host that work as one."""

    host: str
    device: str
    cards: int
    links_up: int


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface of a host that has an address; a VLAN has the ``device`` of the card or bond that carries it."""

    host: str
    device: str
    address: str
    netmask: str
    management: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why XAPI says that a VM cannot leave its host; both are references."""

    host: str
    vm: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """What the pool or a program in dom0 has told people of an object, which is known by its uuid."""

    name: str
    uuid: str
    at: float
    body: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Beside the picture.

    ``now`` is the master's clock. ``ahead_s`` says for each host, by its reference, by how many seconds its clock
    certainly differs from the master's; a host that did not answer is in ``silent`` instead. ``voices`` says of these
    and of dead ones what answers at their own address, ``apart`` which of them say that they are a pool of their own.
    ``hotfixes`` names those of each host where they are the way to patch it. ``settings`` are CloudStack's, as they
    hold for the cluster; None when they may not be read. ``preparing_since`` tells for CloudStack's hosts when a
    preparation for maintenance began that has not ended well. ``messages`` are those of the last day; they are read
    for a plain audit only.
    """

    now: float = 0.0
    ahead_s: t.Mapping[str, float] = field(default_factory=dict)
    silent: t.Mapping[str, str] = field(default_factory=dict)
    hotfixes: t.Mapping[str, frozenset[str]] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()
    voices: t.Mapping[str, Voice] = field(default_factory=dict)
    certificates: tuple[Certificate, ...] = ()
    bonds: tuple[Bond, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    unplugged_interfaces: tuple[tuple[str, str], ...] = ()
    settings: t.Mapping[str, str] | None = field(default_factory=dict)
    preparing_since: t.Mapping[str, float] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()
