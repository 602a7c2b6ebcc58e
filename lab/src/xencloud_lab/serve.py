# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serving an estate: doors for every address, the control interface, the files of the state folder."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

from aiohttp import web

from .build import build
from .control import Control
from .door import Door, Handler
from .engine import Engine
from .estate import Estate
from .http_cloudstack import CloudStackHttp
from .http_xapi import XapiHttp
from .pacer import Pacer
from .tls import Authority

CONTROL_ADDRESS = "127.0.0.1"


class CannotServe(Exception):
    """The lab cannot start; one sentence."""


class Lab:
    """A served estate."""

    def __init__(self, estate: Estate, speed: float, state: Path, port: int | None = None) -> None:
        world = build(estate)
        self.engine = Engine(world, Pacer(world.timeline.now, speed))
        self._estate = estate
        self._state = state
        self._port = port or estate.ports.https
        self._authority = Authority()
        self._host_doors: dict[str, Door] = {}
        self._cloudstack_door: Door | None = None
        self._doors: list[Door] = []
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Serve until somebody says stop.

        :raises CannotServe: an address or port cannot be used.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopped.set)
        control = web.AppRunner(Control(self.engine, self._stopped).application(), access_log=None)
        await control.setup()
        pump: asyncio.Task[None] | None = None
        try:
            port = await self._open_all(control)
            pump = loop.create_task(self.engine.run())
            self._write_ready(port)
            await self._stopped.wait()
        finally:
            await self._end(pump, control)

    async def _open_all(self, control: web.AppRunner) -> int:
        """Open the control interface and all doors; the control interface's port."""
        site = web.TCPSite(control, CONTROL_ADDRESS, self._estate.ports.control)
        try:
            await site.start()
            self._make_doors()
            self._open_and_close()
        except OSError as error:
            remedy = "Choose free ports with --port and --control-port."
            raise CannotServe(f"xencloud-lab: an address cannot be used ({error.strerror}). {remedy}") from error
        self.engine.after_step.append(self._open_and_close)
        return int(control.addresses[0][1])

    def _make_doors(self) -> None:
        for machine in self.engine.world.machines.values():
            door = self._door(machine.name, machine.address, XapiHttp(self.engine, machine))
            self._host_doors[machine.name] = door
        if self._estate.cloudstack is not None:
            handler = CloudStackHttp(self.engine)
            self._cloudstack_door = self._door("cloudstack", self._estate.cloudstack.address, handler)

    def _door(self, name: str, address: str, handler: Handler) -> Door:
        door = Door(address, self._port, self._authority.server_context(name, address), handler)
        self._doors.append(door)
        return door

    def _open_and_close(self) -> None:
        """Who does not answer refuses connections."""
        world = self.engine.world
        for name, machine in world.machines.items():
            self._host_doors[name].fit(machine.answers())
        if self._cloudstack_door is not None:
            self._cloudstack_door.fit(bool(world.cloudstack.running))

    def _write_ready(self, control_port: int) -> None:
        """The files by which others find the lab; ``ready.json`` comes last."""
        self._state.mkdir(parents=True, exist_ok=True)
        (self._state / "ca.pem").write_bytes(self._authority.pem())
        ready = {
            "control": f"http://{CONTROL_ADDRESS}:{control_port}",
            "ca": str((self._state / "ca.pem").resolve()),
            "port": self._port,
            "pid": os.getpid(),
            "hosts": {machine.name: machine.address for machine in self.engine.world.machines.values()},
            "cloudstack": self._estate.cloudstack.address if self._estate.cloudstack else None,
        }
        draft = self._state / "ready.json.new"
        draft.write_text(json.dumps(ready, indent=2) + "\n", "utf-8")
        draft.replace(self._state / "ready.json")

    async def _end(self, pump: asyncio.Task[None] | None, control: web.AppRunner) -> None:
        (self._state / "ready.json").unlink(missing_ok=True)
        self.engine.after_step.clear()
        if pump is not None:
            pump.cancel()
        for door in self._doors:
            door.close()
        await control.cleanup()
