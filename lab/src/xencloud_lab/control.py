# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab's own control: what is true, what goes wrong next, and how time passes. Plain HTTP, loopback."""

from __future__ import annotations

import asyncio
import json
import typing as t
from pathlib import Path

from aiohttp import web
from pydantic import ValidationError

from .engine import Engine
from .fault_spec import FaultSpec
from .report import book, clock, state
from .savefile import SaveError


class Saves(t.Protocol):
    """Whoever can save the served world, load another, and record what clients do to it."""

    def save(self, path: Path) -> dict[str, t.Any]: ...

    def load(self, path: Path) -> dict[str, t.Any]: ...

    def record(self, folder: Path | None) -> dict[str, t.Any]: ...


class Control:
    """The handlers of the control interface."""

    def __init__(self, engine: Engine, stopped: asyncio.Event, saves: Saves) -> None:
        self._engine = engine
        self._stopped = stopped
        self._saves = saves

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application()
        app.router.add_get("/ready", self._ready)
        app.router.add_get("/clock", self._clock)
        app.router.add_get("/state", self._state)
        app.router.add_get("/book", self._book)
        app.router.add_post("/faults", self._faults)
        app.router.add_post("/advance", self._advance)
        app.router.add_post("/save", self._save)
        app.router.add_post("/load", self._load)
        app.router.add_post("/record", self._record)
        app.router.add_post("/stop", self._stop)
        return app

    async def _ready(self, _request: web.Request) -> web.Response:
        return web.json_response({"ready": True})

    async def _clock(self, _request: web.Request) -> web.Response:
        self._engine.step()
        return web.json_response(clock(self._engine))

    async def _state(self, _request: web.Request) -> web.Response:
        self._engine.step()
        return web.json_response(state(self._engine))

    async def _book(self, _request: web.Request) -> web.Response:
        self._engine.step()
        return web.json_response(book(self._engine))

    async def _faults(self, request: web.Request) -> web.Response:
        """One fault, or several that are ordered at the same moment: all of them or none."""
        try:
            body = await _body(request)
            specs = [FaultSpec.model_validate(each) for each in (body if isinstance(body, list) else [body])]
            self._engine.step()
            self._engine.world.faults.add(*specs)
        except ValidationError as error:
            return _refused(error.errors()[0]["msg"].removeprefix("Value error, "))
        except ValueError as error:
            return _refused(str(error))
        self._engine.step()
        return web.json_response({"ordered": ", ".join(spec.kind for spec in specs)})

    async def _advance(self, request: web.Request) -> web.Response:
        try:
            seconds = float((await _body(request)).get("seconds", 0))
        except (ValueError, TypeError, AttributeError):
            return _refused("seconds is not a number")
        if seconds < 0:
            return _refused("time does not run backwards")
        self._engine.pacer.jump(seconds)
        self._engine.step()
        return web.json_response({"now": self._engine.world.timeline.now})

    async def _save(self, request: web.Request) -> web.Response:
        return await _outcome(self._saves.save, request)

    async def _load(self, request: web.Request) -> web.Response:
        return await _outcome(self._saves.load, request)

    async def _record(self, request: web.Request) -> web.Response:
        """Every call from now on, into a folder; without one the recording ends."""
        try:
            folder = (await _body(request)).get("folder")
            return web.json_response(self._saves.record(Path(folder) if folder else None))
        except (SaveError, ValueError, AttributeError, TypeError) as error:
            return _refused(str(error))

    async def _stop(self, _request: web.Request) -> web.Response:
        self._stopped.set()
        return web.json_response({"stopped": True})


async def _outcome(act: t.Callable[[Path], dict[str, t.Any]], request: web.Request) -> web.Response:
    """What comes of saving or loading the file that a request names."""
    try:
        body = await _body(request)
        file = body.get("file") if isinstance(body, dict) else None
        if not isinstance(file, str) or not file:
            return _refused("file: the path of a save is missing")
        return web.json_response(act(Path(file)))
    except (SaveError, ValueError) as error:
        return _refused(str(error))


async def _body(request: web.Request) -> t.Any:
    try:
        return json.loads(await request.read() or b"{}")
    except ValueError as error:
        raise ValueError(f"the body is not JSON: {error}") from error


def _refused(why: str) -> web.Response:
    return web.json_response({"error": why}, status=400)
