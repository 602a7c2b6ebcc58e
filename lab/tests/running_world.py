# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole small world to try rules on: three hosts, shared and local storage, guests."""

from __future__ import annotations

import copy
import typing as t

import pytest

from xencloud_lab.build import build
from xencloud_lab.estate import Estate
from xencloud_lab.machines import Machine
from xencloud_lab.timeline import Completion
from xencloud_lab.world import World
from xencloud_lab.xapi.database import Database
from xencloud_lab.xapi.errors import XapiError

PASSWORD = "a-password-of-nobody"
MASTER = "xen1"
POOL: dict[str, t.Any] = {
    "name": "pool",
    "password": PASSWORD,
    "hosts": [
        {"name": "xen1", "address": "127.0.1.11", "memory_gib": 16, "dom0_gib": 1, "master": True},
        {"name": "xen2", "address": "127.0.1.12", "memory_gib": 16, "dom0_gib": 1},
        {"name": "xen3", "address": "127.0.1.13", "memory_gib": 16, "dom0_gib": 1},
    ],
    "storage": [
        {"name": "nfs1", "type": "nfs", "shared": True},
        {"name": "iso1", "type": "iso", "shared": True},
        {"name": "local", "type": "ext", "shared": False},
    ],
    "updates": [
        {"name": "xapi-core", "version": "26.1.3", "release": "1.7", "sets": {"xapi": "26.1"}},
        {"name": "xen-hypervisor", "version": "4.17.6", "release": "2.1", "sets": {"xen": "4.17.6"}},
    ],
    "vms": [
        {"name": "web1", "memory_gib": 2, "on": ["xen2"]},
        {"name": "db1", "memory_gib": 4, "on": ["xen3"]},
        {"name": "idle1", "memory_gib": 1, "power": "halted"},
    ],
}


class Lab:
    """A world, and short ways to ask it."""

    def __init__(self, *other_pools: dict[str, t.Any], durations: dict[str, float] | None = None, **changes: t.Any):
        pool = {**copy.deepcopy(POOL), **changes}
        estate = {"pools": [pool, *other_pools], "durations": durations or {}}
        self.world: World = build(Estate.model_validate(estate))
        self._sessions: dict[str, str] = {}

    # the truth ----------------------------------------------------------------------------

    def machine(self, name: str) -> Machine:
        return self.world.machines[name]

    @property
    def db(self) -> Database:
        """The database of whoever is master now."""
        master = self.world.pools["pool"].master()
        assert master is not None, "the pool has no master"
        assert master.toolstack.db is not None
        return master.toolstack.db

    def master(self) -> str | None:
        found = self.world.pools["pool"].master()
        return found.name if found else None

    def runs_on(self, vm: str) -> list[str]:
        return [m.name for m in self.world.machines.values() if any(d.name == vm for d in m.domains.values())]

    # rows ---------------------------------------------------------------------------------

    def ref(self, cls: str, name: str) -> str:
        return self.db.find(cls, name_label=name)[0]

    def host(self, name: str) -> str:
        return self.ref("host", name)

    def vm(self, name: str) -> str:
        return self.ref("VM", name)

    def host_row(self, name: str) -> t.Mapping[str, t.Any]:
        return self.db.row("host", self.host(name))

    def vm_row(self, name: str) -> t.Mapping[str, t.Any]:
        return self.db.row("VM", self.vm(name))

    def pool_row(self) -> t.Mapping[str, t.Any]:
        return next(iter(self.db.rows("pool").values()))

    def live(self, name: str) -> bool:
        return bool(self.db.row("host_metrics", self.host_row(name)["metrics"])["live"])

    def enabled(self, name: str) -> bool:
        return bool(self.host_row(name)["enabled"])

    def pool_ref(self) -> str:
        return next(iter(self.db.rows("pool")))

    def pbd(self, host: str, sr: str) -> str:
        return self.db.find("PBD", host=self.host(host), SR=self.ref("SR", sr))[0]

    # time ---------------------------------------------------------------------------------

    def run(self, seconds: float) -> None:
        """Let this much time pass."""
        self.world.timeline.run_until(self.world.timeline.now + seconds)

    def until(self, condition: t.Callable[[], bool], limit_s: float = 3600) -> None:
        """Let time pass until this is so."""
        deadline = self.world.timeline.now + limit_s
        while not condition():
            due = self.world.timeline.next_at()
            assert due is not None, "nothing will happen any more"
            assert due <= deadline, f"it has not come true in {limit_s} s"
            self.world.timeline.run_until(due)

    def wait(self, answer: t.Any, limit_s: float = 20_000) -> t.Any:
        """The value of an answer that takes time."""
        if not isinstance(answer, Completion):
            return answer
        deadline = self.world.timeline.now + limit_s
        while not answer.done:
            due = self.world.timeline.next_at()
            assert due is not None, "nothing will ever answer this"
            assert due <= deadline, f"no answer in {limit_s} s"
            self.world.timeline.run_until(due)
        if answer.error is not None:
            raise answer.error
        return answer.value

    # calls --------------------------------------------------------------------------------

    def login(self, host: str = MASTER) -> str:
        return str(self.wait(self.start_raw("session.login_with_password", "root", PASSWORD, on=host)))

    def start_raw(self, method: str, *params: t.Any, on: str = MASTER) -> t.Any:
        return self.world.call(self.machine(on).address, method, list(params))

    def start(self, method: str, *params: t.Any, on: str = MASTER) -> t.Any:
        """Begin a call with a session of this host."""
        session = self._sessions.get(on)
        if session is None or not self.db.exists("session", session):
            session = self._sessions[on] = self.login(on)
        return self.start_raw(method, session, *params, on=on)

    def ask(self, method: str, *params: t.Any, on: str = MASTER) -> t.Any:
        """The answer of a call, waited for."""
        return self.wait(self.start(method, *params, on=on))

    def refusal(self, method: str, *params: t.Any, on: str = MASTER) -> list[str]:
        """The error of a call that must fail."""
        with pytest.raises(XapiError) as caught:
            self.ask(method, *params, on=on)
        return caught.value.description

    def start_refusal(self, host: str) -> list[str]:
        """What a login on this host is refused with."""
        with pytest.raises(XapiError) as caught:
            self.login(host)
        return caught.value.description

    def enable_ha(self, timeout: str = "60") -> None:
        self.ask("pool.enable_ha", [self.ref("SR", "nfs1")], {"timeout": timeout})
