# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of one host that is in trouble: from the host itself, from its pool, and from CloudStack.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..cluster import PREPARING, TRANSITIONS


@dataclass(frozen=True, slots=True)
class Voice:
    """What answers at the host's own address: a login there is answered in emergency mode as well (xapi.md 1.5, 1.7).

    ``silent`` is no answer at all, ``refused`` a machine without a listening toolstack (or none), ``strange`` an answer
    that could not be understood, such as a certificate that is not trusted.
    """

    state: t.Literal["master", "member", "emergency", "refused", "silent", "strange"]
    follows: str = ""
    code: str = ""
    text: str = ""

    @property
    def is_there(self) -> bool:
        """Something answers."""
        return self.state not in ("refused", "silent")


@dataclass(frozen=True, slots=True)
class PoolSide:
    """The host in the eyes of its pool's master; ``pluggable`` names storage that other hosts have and it has not.

    ``marks`` are signs that somebody wants it out of service, ``left_by_run`` says that a run is one of them.
    """

    live: bool
    enabled: bool
    is_master: bool
    master: str
    master_address: str
    master_enabled: bool
    ha_enabled: bool
    power_on_mode: str = ""
    pluggable: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    left_by_run: bool = False


@dataclass(frozen=True, slots=True)
class CloudSide:
    """The host in CloudStack's eyes; ``instances`` are (name, state) of what CloudStack counts on it."""

    state: str
    resource_state: str
    cluster: str
    managed: bool
    instances: tuple[tuple[str, str], ...] = ()

    @property
    def running(self) -> tuple[str, ...]:
        """What CloudStack believes to run there."""
        return tuple(name for name, state in self.instances if state == "Running")

    @property
    def on_the_way(self) -> tuple[str, ...]:
        """VMs between two hosts or two power states."""
        return tuple(name for name, state in self.instances if state in TRANSITIONS)

    @property
    def preparing(self) -> bool:
        """CloudStack is emptying it."""
        return self.resource_state in PREPARING


@dataclass(frozen=True, slots=True)
class RunHold:
    """A run whose record is in the pool, and that has this host in it."""

    text: str
    lives: bool


@dataclass(frozen=True, slots=True)
class HostFacts:
    """All of it; a side is None when it does not know the host, or, as ``no_pool`` says, could not be asked."""

    name: str
    address: str
    voice: Voice
    pool: PoolSide | None
    no_pool: str = ""
    cloud: CloudSide | None = None
    run: RunHold | None = None

    @property
    def seems_off(self) -> bool:
        """The pool counts it as dead, and nothing answers."""
        return self.pool is not None and not self.pool.live and not self.voice.is_there
