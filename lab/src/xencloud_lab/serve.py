# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serving an estate: doors for every address, the control interface, the files of the state folder."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import signal
import typing as t
from pathlib import Path

from aiohttp import web

from . import savefile
from .build import build
from .control import Control
from .door import Door, Handler
from .engine import Engine
from .estate import Estate
from .freezer import quiet_collector
from .http_cloudstack import CloudStackHttp
from .http_xapi import XapiHttp
from .pacer import Pacer
from .recorder import Recorder
from .savefile import Saved, SaveError
from .tls import Authority

CONTROL_ADDRESS = "127.0.0.1"
_FILES_ALWAYS, _FILES_AN_ADDRESS = 256, 8


class CannotServe(Exception):
    """The lab cannot start; one sentence."""


def fresh(estate: Estate) -> Saved:
    """An estate at its first moment, as if it had been saved then."""
    with quiet_collector():
        saved = Saved(build(estate), estate)
        gc.freeze()  # all of it stays: the collector of garbage need not look at it again and again
    return saved


class Lab:
    """A served estate, from its first moment or from a save."""

    def __init__(self, saved: Saved, speed: float, state: Path, port: int | None, control_port: int | None) -> None:
        self.engine = Engine(saved.world, Pacer(saved.world.timeline.now, speed))
        self.engine.internal_errors.extend(saved.internal_errors)
        self._estate = saved.estate
        self._state = state
        self._port = port or saved.estate.ports.https
        self._control_port = saved.estate.ports.control if control_port is None else control_port
        self._authority = Authority()
        self._host_doors: dict[str, Door] = {}
        self._cloudstack_door: Door | None = None
        self._integration_door: Door | None = None
        self._doors: list[Door] = []
        self._seen_presence = -1
        self._control: web.AppRunner | None = None
        self._stopped = asyncio.Event()
        gc.freeze()

    async def run(self) -> None:
        """Serve until somebody says stop.

        :raises CannotServe: an address or port cannot be used.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopped.set)
        _allow_sockets(len(self.engine.world.machines))
        self._control = web.AppRunner(Control(self.engine, self._stopped, self).application(), access_log=None)
        await self._control.setup()
        pump: asyncio.Task[None] | None = None
        try:
            await self._open_all(self._control)
            pump = loop.create_task(self.engine.run())
            self._write_ready()
            await self._stopped.wait()
        finally:
            await self._end(pump)

    # saves --------------------------------------------------------------------------------

    def save(self, path: Path) -> dict[str, t.Any]:
        """The world of now into a file.

        :raises SaveError: the file cannot be written.
        """
        self.engine.step()
        world = self.engine.world
        size = savefile.write(path, Saved(world, self._estate, list(self.engine.internal_errors)))
        return {"saved": str(path), "now": world.timeline.now, "bytes": size}

    def load(self, path: Path) -> dict[str, t.Any]:
        """Go on from a save; every connection to the old world breaks.

        :raises SaveError: it cannot be used; the lab goes on as it was.
        """
        with quiet_collector():
            saved = savefile.read(path)
            self._go_on_from(path, saved)
            _settle_memory()
        return {"loaded": str(path), "now": saved.world.timeline.now}

    def record(self, folder: Path | None) -> dict[str, t.Any]:
        """Record every client's calls into a folder from now on, or end that.

        :raises SaveError: there is no such folder, or nothing is being recorded.
        """
        ended = self.engine.recorder.close() if self.engine.recorder else None
        self.engine.recorder = None
        if folder is None:
            if ended is None:
                raise SaveError("nothing is being recorded. Name a folder to begin.")
            return ended
        if not folder.is_dir():
            raise SaveError(f"{folder}: is no folder. Name one that exists.")
        self.engine.recorder = Recorder(folder, self.save)
        return {"recording": str(folder)}

    def _go_on_from(self, path: Path, saved: Saved) -> None:
        for door in self._doors:
            door.close()
        self._doors, self._host_doors, self._cloudstack_door, self._seen_presence = [], {}, None, -1
        self._estate = saved.estate
        self.engine.replace(saved.world)
        self.engine.internal_errors[:] = saved.internal_errors
        self._make_doors()
        try:
            self._open_and_close()
        except OSError as error:
            what = f"an address of it cannot be used ({error.strerror})"
            raise SaveError(f"{path}: {what}. Stop what uses it.") from error
        self._write_ready()

    # doors --------------------------------------------------------------------------------

    async def _open_all(self, control: web.AppRunner) -> None:
        """Open the control interface and all doors."""
        site = web.TCPSite(control, CONTROL_ADDRESS, self._control_port)
        try:
            await site.start()
            self._make_doors()
            self._open_and_close()
        except OSError as error:
            remedy = "Choose free ports with --port and --control-port."
            raise CannotServe(f"xencloud-lab: an address cannot be used ({error.strerror}). {remedy}") from error
        self.engine.after_step.append(self._open_and_close)

    def _make_doors(self) -> None:
        for machine in self.engine.world.machines.values():
            door = self._door(machine.name, machine.address, XapiHttp(self.engine, machine))
            self._host_doors[machine.name] = door
        if self._estate.cloudstack is not None:
            handler = CloudStackHttp(self.engine)
            self._cloudstack_door = self._door("cloudstack", self._estate.cloudstack.address, handler)
            self._integration_door = self._plain_door(self._estate.cloudstack.address)

    def _door(self, name: str, address: str, handler: Handler) -> Door:
        door = Door(address, self._port, self._authority.server_context(name, address), handler)
        self._doors.append(door)
        return door

    def _plain_door(self, address: str) -> Door | None:
        """The integration port of CloudStack: no TLS, and nobody is asked who he is."""
        port = int(self.engine.world.cloudstack.settings.number("integration.api.port"))
        if not port:
            return None
        door = Door(address, port, None, CloudStackHttp(self.engine, trusted=True))
        self._doors.append(door)
        return door

    def _open_and_close(self) -> None:
        """Who does not answer refuses connections."""
        world = self.engine.world
        if world.presence != self._seen_presence:
            self._seen_presence = world.presence
            for name, machine in world.machines.items():
                self._host_doors[name].fit(machine.answers() and machine.reachable)
        if self._cloudstack_door is not None:
            self._cloudstack_door.fit(bool(world.cloudstack.running))
        if self._integration_door is not None:
            self._integration_door.fit(bool(world.cloudstack.running))

    def _write_ready(self) -> None:
        """The files by which others find the lab; ``ready.json`` comes last."""
        assert self._control is not None
        self._state.mkdir(parents=True, exist_ok=True)
        (self._state / "ca.pem").write_bytes(self._authority.pem())
        ready = {
            "control": f"http://{CONTROL_ADDRESS}:{self._control.addresses[0][1]}",
            "ca": str((self._state / "ca.pem").resolve()),
            "port": self._port,
            "pid": os.getpid(),
            "hosts": {machine.name: machine.address for machine in self.engine.world.machines.values()},
            "cloudstack": self._estate.cloudstack.address if self._estate.cloudstack else None,
        }
        draft = self._state / "ready.json.new"
        draft.write_text(json.dumps(ready, indent=2) + "\n", "utf-8")
        draft.replace(self._state / "ready.json")

    async def _end(self, pump: asyncio.Task[None] | None) -> None:
        (self._state / "ready.json").unlink(missing_ok=True)
        self.engine.after_step.clear()
        if pump is not None:
            pump.cancel()
        for door in self._doors:
            door.close()
        if self._control is not None:
            await self._control.cleanup()


def _settle_memory() -> None:
    """The world of before goes, and the one that is there now stays."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _allow_sockets(addresses: int) -> None:
    """Every address listens, and has clients: more files than a shell usually allows, if the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES_ALWAYS + _FILES_AN_ADDRESS * addresses
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
