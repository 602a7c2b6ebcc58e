# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lab as a process of its own, for tests, demonstrations and rehearsals."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import typing as t
import urllib.request
from dataclasses import dataclass
from pathlib import Path

Json = dict[str, t.Any]

# A lab that is not ready by then has failed; its log tells why.
START_LIMIT_S = 60.0
STOP_LIMIT_S = 10.0
LOOK_EVERY_S = 0.05
# A port that was free may belong to another process before the lab takes it.
PORTS_TRIED = 3
_PORT_TAKEN = "address already in use"


class NotStarted(Exception):
    """The lab did not start; the message has the end of its log."""


@dataclass(frozen=True)
class Running:
    """A lab that serves, found by its state folder."""

    state: Path

    @property
    def ready(self) -> Json:
        """Addresses, port, CA file and control URL, as the lab wrote them."""
        return t.cast(Json, json.loads((self.state / "ready.json").read_text("utf-8")))

    def ask(self, path: str, body: Json | list[Json] | None = None) -> Json:
        """A question to the control interface (``/state``, ``/book``), or an order when there is a body."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.ready["control"] + path, data=data)
        with urllib.request.urlopen(request, timeout=60) as reply:
            return t.cast(Json, json.load(reply))

    def stop(self) -> None:
        """End it and wait until its addresses are free."""
        self.ask("/stop", {})
        end = time.monotonic() + STOP_LIMIT_S
        while (self.state / "ready.json").exists() and time.monotonic() < end:
            time.sleep(LOOK_EVERY_S)


def start(estate: Path, state: Path, speed: float, port: int | None = None) -> Running:
    """Start a lab in the background and wait until it serves.

    :param port: of all HTTPS addresses; any free one when None.
    :raises NotStarted: it ended, or was not ready in time.
    """
    if port is not None:
        return _start(estate, state, speed, port)
    for _attempt in range(PORTS_TRIED - 1):
        try:
            return _start(estate, state, speed, free_port())
        except NotStarted as error:
            if _PORT_TAKEN not in str(error).casefold():
                raise
    return _start(estate, state, speed, free_port())


def _start(estate: Path, state: Path, speed: float, port: int) -> Running:
    state.mkdir(parents=True, exist_ok=True)
    (state / "ready.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "xencloud_lab", "serve", str(estate), "--state", str(state)]
    command += ["--speed", str(speed), "--port", str(port), "--control-port", "0"]
    with (state / "lab.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    _wait_until_ready(process, state)
    return Running(state)


def free_port() -> int:
    """A port that nobody uses on any address of this machine right now."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], state: Path) -> None:
    end = time.monotonic() + START_LIMIT_S
    while not (state / "ready.json").exists():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            log = (state / "lab.log").read_text("utf-8", "replace").strip().splitlines()
            raise NotStarted(f"xencloud-lab: it did not start. {' '.join(log[-3:])}")
        time.sleep(LOOK_EVERY_S)
