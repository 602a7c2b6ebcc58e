# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pool of hosts without physics: enough of a world to ask the XAPI façade."""

from __future__ import annotations

import typing as t
from random import Random

import pytest

from xencloud_lab.durations import Durations
from xencloud_lab.faults import Faults
from xencloud_lab.timeline import Action, Completion, Timeline
from xencloud_lab.xapi.database import Database
from xencloud_lab.xapi.dispatch import dispatch
from xencloud_lab.xapi.errors import XapiError

PASSWORD = "a-password-of-nobody"
START = 1_795_140_000.0


class PlainProfile:
    """What the façade asks a product's profile."""

    release = "26.17.0"


class PlainPool:
    """What the façade asks a pool."""

    password = PASSWORD

    def __init__(self) -> None:
        self.profile = PlainProfile()


class PlainToolstack:
    """What the façade asks a toolstack."""

    def __init__(self, machine: PlainMachine) -> None:
        self.machine = machine
        self.world = machine.world
        self.pool = PlainPool()
        self.db: Database | None = None
        self.db_copy: Database | None = None
        self.master_address = "127.0.1.11"
        self.emergency: XapiError | None = None
        self.local_sessions: dict[str, float] = {}
        self.running = True

    @property
    def serves_as_master(self) -> bool:
        return self.running and self.db is not None

    def master(self) -> PlainToolstack | None:
        master = self.world.machines["xen01"].toolstack
        return master if master.serves_as_master else None

    def database(self) -> Database | None:
        master = self.master()
        return master.db if master else None

    def later(self, seconds: float, action: Action, *args: t.Any) -> None:
        self.world.timeline.after(seconds, action, *args)


class PlainMachine:
    """What the façade asks a machine."""

    def __init__(self, world: PlainWorld, name: str, uuid: str) -> None:
        self.world = world
        self.name = name
        self.uuid = uuid
        self.log: list[str] = []
        self.toolstack = PlainToolstack(self)

    def power_cut(self) -> None:
        self.log.append("power cut")

    def boot(self) -> None:
        self.log.append("boot")


class PlainWorld:
    """Two hosts, one pool, one shared SR, two guests."""

    def __init__(self) -> None:
        self.timeline = Timeline(START)
        self.durations = Durations()
        self.random = Random(1)
        self.cloudstack = None
        self.machines: dict[str, PlainMachine] = {}
        self.faults = Faults(t.cast(t.Any, self))
        db = Database(self.random)
        for number, name in enumerate(("xen01", "xen02"), 1):
            metrics = db.create("host_metrics", live=True)
            db.create(
                "host", name_label=name, hostname=name, address=f"127.0.1.1{number}", metrics=metrics, enabled=True
            )
            self.machines[name] = PlainMachine(self, name, db.row("host", db.find("host", name_label=name)[0])["uuid"])
        db.create("pool", master=db.find("host", name_label="xen01")[0])
        db.create("SR", name_label="nfs1", shared=True)
        for name, power in (("web1", "Running"), ("db1", "Halted")):
            db.create("VM", name_label=name, power_state=power, memory_static_max=2 * 1024**3)
        self.machines["xen01"].toolstack.db = db

    @property
    def db(self) -> Database:
        db = self.machines["xen01"].toolstack.db
        assert db is not None
        return db

    def ref(self, cls: str, name: str) -> str:
        return self.db.find(cls, name_label=name)[0]

    def ask(self, method: str, *params: t.Any, on: str = "xen01") -> t.Any:
        """The answer of a call, waited for in the world's time."""
        value = self.start(method, *params, on=on)
        if not isinstance(value, Completion):
            return value
        while not value.done:
            due = self.timeline.next_at()
            assert due is not None, f"{method} never ends"
            self.timeline.run_until(due)
        if value.error is not None:
            raise value.error
        return value.value

    def start(self, method: str, *params: t.Any, on: str = "xen01") -> t.Any:
        """The answer of a call, or its completion."""
        return dispatch(t.cast(t.Any, self), t.cast(t.Any, self.machines[on]), method, list(params))

    def refusal(self, method: str, *params: t.Any, on: str = "xen01") -> list[str]:
        """The error of a call that must fail."""
        with pytest.raises(XapiError) as caught:
            self.ask(method, *params, on=on)
        return caught.value.description

    def login(self) -> str:
        return t.cast(str, self.ask("session.login_with_password", "root", PASSWORD, "1.0", "tests"))
