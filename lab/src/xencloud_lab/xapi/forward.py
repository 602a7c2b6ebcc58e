# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls that the master passes on to the host they are about (``xapi.md`` 5.8)."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from .errors import Unreachable, XapiError
from .rows import is_live, machine_of, pool_row

if t.TYPE_CHECKING:
    from ..machines import Machine
    from ..world import World
    from .database import Database


def machine_for(world: World, db: Database, host: str) -> Machine:
    """The machine behind a host that can be asked now.

    :raises XapiError: HANDLE_INVALID, HOST_OFFLINE (thought dead), CANNOT_CONTACT_HOST (silent).
    """
    machine = machine_of(world, db, host)
    if not is_live(db, host):
        raise XapiError("HOST_OFFLINE", host)
    if not machine.answers() or not same_pool(world, db, machine):
        raise XapiError("CANNOT_CONTACT_HOST", host)
    return machine


def same_pool(world: World, db: Database, machine: Machine) -> bool:
    """Whether a machine takes the secret of this pool; one that was ejected has another (``xapi.md`` 4.2)."""
    ours = machine_of(world, db, pool_row(db)["master"]).toolstack.pool_name
    return ours in (machine.toolstack.pool_name, machine.toolstack.moves_to)


class OnHost:
    """An answer that is made on a host; when its toolstack ends first, the master says so."""

    def __init__(self, machine: Machine, host: str, answer: Completion) -> None:
        self.done = Completion()
        self._host = host
        machine.toolstack.connection(answer).then(self._ended)

    def _ended(self, answer: Completion) -> None:
        match answer.error:
            case None:
                self.done.resolve(answer.value)
            case Unreachable():
                self.done.reject(XapiError("CANNOT_CONTACT_HOST", self._host))
            case error:
                self.done.reject(error)
