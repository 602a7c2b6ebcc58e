# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stage of a replay: the world, its line, the symbols, and the sessions that calls are made with."""

from __future__ import annotations

import typing as t

from ..machines import Machine
from ..xapi.database import Database
from .answers import PATIENCE_S, Answer, Line
from .naming import Naming
from .setting import PASSWORD, build_setting
from .symbols import Symbols
from .transcript import Transcript

LOGIN = "session.login_with_password"
LOCAL_LOGIN = "session.slave_local_login_with_password"
_FIXED = {"invented": "OpaqueRef:invented", "empty": "", "null": "OpaqueRef:NULL"}
_OF_THE_MASTER = ("master-session", "old")


class Stage:
    """What the steps of one recording act upon."""

    def __init__(self, transcript: Transcript) -> None:
        self.world = build_setting(transcript)
        self.line = Line(self.world)
        self.naming = Naming(self.world, PASSWORD)
        self.symbols = Symbols(self.naming.lookup, self.naming.exists, self._invent)
        self.text = str(transcript.steps)
        self.first_master = self.master().name
        self._roots: dict[str, str] = {}
        self._processes: dict[str, int] = {}
        self.tokens = [self.token()]
        self.old_session = self.session("root", self.first_master)

    # time and truth -----------------------------------------------------------------------

    @property
    def now(self) -> float:
        return self.world.timeline.now

    def pass_time(self, seconds: float) -> None:
        self.world.timeline.run_until(self.now + seconds)

    def machine(self, name: str) -> Machine:
        return self.world.machines[name]

    def master(self) -> Machine:
        """The master of the recording's pool, or whoever was it last."""
        found = self.world.pools["pool"].master()
        return found or self.world.pools["pool"].machines[0]

    def database(self) -> Database | None:
        """The database that is served now."""
        return self.master().toolstack.db

    def token(self) -> str:
        """An event token of now, as a client gets one."""
        answer = self.do("event.from", [], "", 0.0)
        return str(answer.value["token"]) if answer.kind == "ok" else ""

    def _invent(self, symbol: str) -> str:
        """A reference or uuid that never existed."""
        number = f"{self.world.random.getrandbits(128):032x}"
        uuid = "-".join((number[:8], number[8:12], number[12:16], number[16:20], number[20:]))
        return uuid if symbol.startswith("@uuid") else f"OpaqueRef:{uuid}"

    # sessions -----------------------------------------------------------------------------

    def session(self, name: str, on: str) -> str | None:
        """The session that a step's ``as`` names; None for no session argument at all."""
        if name == "none":
            return None
        if name in _FIXED:
            return _FIXED[name]
        if name in _OF_THE_MASTER:
            return self.old_session
        if name == "root":
            return self._root(on)
        if name.startswith("local"):
            return self._local(name, on)
        return self.naming.sessions.get(name) or self.open(name, on)

    def open(self, name: str, on: str, originator: str = "conformance") -> str:
        """Log in under a name of the recording."""
        answer = self.call(on, LOGIN, ["root", PASSWORD, "1.0", originator])
        self.naming.sessions[name] = self._opened(answer)
        return self.naming.sessions[name]

    def _root(self, on: str) -> str:
        machine = self.machine(on)
        db = machine.toolstack.database() if machine.answers() else None
        known = self._roots.get(on, "")
        if db is None or not db.exists("session", known):
            answer = self.call(on, LOGIN, ["root", PASSWORD, "1.0", "conformance"])
            known = self._roots[on] = self._opened(answer) or known
        self.naming.sessions["root"] = known
        return known

    def _local(self, name: str, on: str) -> str:
        """A local session of that host; one that was logged out stays what it was."""
        key = f"{name}@{on}"
        if key not in self.naming.sessions or self.machine(on).toolstack.process != self._processes.get(key):
            answer = self.call(on, LOCAL_LOGIN, ["root", PASSWORD])
            self.naming.sessions[key] = self._opened(answer)
            self._processes[key] = self.machine(on).toolstack.process if answer.kind == "ok" else -1
        self.naming.sessions[name] = self.naming.sessions[key]
        return self.naming.sessions[key]

    def _opened(self, answer: Answer) -> str:
        return str(answer.value) if answer.kind == "ok" else ""

    # calls --------------------------------------------------------------------------------

    def call(
        self, on: str, method: str, params: list[t.Any], protocol: str = "xmlrpc", patience_s: float = PATIENCE_S
    ) -> Answer:
        """A call as it stands."""
        return self.line.ask(self.machine(on), protocol, method, params, patience_s)

    def do(self, method: str, *args: t.Any, on: str | None = None) -> Answer:
        """A call as root on the master, symbols filled in."""
        where = on or self.master().name
        params = [self.session("root", where), *self.symbols.fill_in(list(args))]
        return self.call(where, method, params)
