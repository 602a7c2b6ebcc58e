# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XAPI as a carrier of VMs: one live migration is one task, judged by ``VM.resident_on``.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._maintenance.estate import NULL_REF
from .._maintenance.moves import Ended, InFlight, Move, Whereabouts
from . import tasks
from .client import XapiClient
from .errors import ConnectionLost, XapiError


class XapiCarrier:
    """Moves VMs within a pool; ``Move.vm`` is a uuid, ``source`` and ``target`` are references of hosts."""

    def __init__(self, client: XapiClient, refs: t.Mapping[str, str]) -> None:
        self._client = client
        self._refs = refs

    def start(self, move: Move) -> str:
        """Begin a live migration; its task is the ticket, an empty one when nobody knows whether it has begun."""
        try:
            return self._begin(move)
        except ConnectionLost:
            self._find_master()
        place = self.locate([move]).get(move.vm)
        if place is None or not place.settled or place.host != move.source:
            return ""
        try:
            return self._begin(move)
        except ConnectionLost:
            return ""

    def _begin(self, move: Move) -> str:
        arguments = [self._refs[move.vm], move.target, {"live": "true"}]
        return tasks.begin(self._client, "VM.pool_migrate", arguments, move.name)

    def poll(self, move: Move, ticket: str) -> InFlight | Ended:
        """Look once; a task that is gone says nothing, the place of the VM will (xapi.md 1.8)."""
        if not ticket:
            return Ended("the answer to the migration was lost")
        try:
            state = tasks.look(self._client, ticket, move.name)
        except XapiError as error:
            return Ended(error.message.removeprefix(f"{move.name}: "))
        except ConnectionLost:
            self._find_master()
            return Ended("XAPI has lost the task")
        return InFlight() if isinstance(state, tasks.Pending) else Ended()

    def locate(self, moves: t.Sequence[Move]) -> dict[str, Whereabouts]:
        """Where these VMs are; one that is still migrating is not settled, one that cannot be read is left out."""
        found = {}
        for move in moves:
            try:
                found[move.vm] = _whereabouts(self._client.call("VM.get_record", self._refs[move.vm], about=move.name))
            except XapiError:
                found[move.vm] = Whereabouts(host=None, settled=True, state="gone")
            except ConnectionLost:
                self._find_master()
        return found

    def _find_master(self) -> None:
        with contextlib.suppress(ConnectionLost):
            self._client.reconnect()


def _whereabouts(record: t.Mapping[str, t.Any]) -> Whereabouts:
    host = record["resident_on"]
    moving = {"pool_migrate", "migrate_send"} & set(record["current_operations"].values())
    return Whereabouts(host=None if host == NULL_REF else host, settled=not moving, state=record["power_state"].lower())
