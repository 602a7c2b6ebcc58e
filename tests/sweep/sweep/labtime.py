# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller that lives in the time of its lab, whose own clock stands.

When the waiter of the collection sleeps, the clock of the lab moves by as much. What a controller computes takes
no time of the world, so the same playbook makes the same calls in the same world each time.
"""

from __future__ import annotations

import http.client
import importlib
import json
import socket
import typing as t
from urllib.parse import urlsplit

WAITER = "ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.waiter"
ANSWER_LIMIT_S = 120.0
# A call that hangs costs this share of the client's patience: the lab has let the whole of it pass in its own time.
PATIENCE_SHARE, LEAST_PATIENCE_S = 0.05, 3.0


class LabTime:
    """What the waiter uses of the module ``time``; a connection for each question, so that forks can share it."""

    def __init__(self, control: str) -> None:
        self._netloc = urlsplit(control).netloc

    def monotonic(self) -> float:
        return self._ask("GET", "/clock", None)

    def sleep(self, seconds: float) -> None:
        self._ask("POST", "/advance", {"seconds": seconds})

    def _ask(self, verb: str, path: str, body: dict[str, t.Any] | None) -> float:
        connection = http.client.HTTPConnection(self._netloc, timeout=ANSWER_LIMIT_S)
        try:
            connection.request(verb, path, json.dumps(body))
            return float(json.loads(connection.getresponse().read())["now"])
        finally:
            connection.close()


def live_in(control: str) -> None:
    """From now on this process and its children wait in the time of the lab with this control interface."""
    waiter: t.Any = importlib.import_module(WAITER)
    waiter.time = LabTime(control)
    patiently = socket.socket.settimeout

    def settimeout(self: socket.socket, seconds: float | None) -> None:
        patiently(self, seconds and min(seconds, max(LEAST_PATIENCE_S, seconds * PATIENCE_SHARE)))

    setattr(socket.socket, "settimeout", settimeout)  # noqa: B010, typing has two opinions of the class it belongs to
