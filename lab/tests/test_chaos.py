# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever people and faults do to a pool: no event fails, and the books agree with physics."""

from __future__ import annotations

import typing as t
from random import Random

import pytest
from running_world import PASSWORD, Lab

from xencloud_lab.xapi.errors import Unreachable, XapiError

STEPS = 120
PAUSES_S = (0, 1, 5, 20, 60, 300)


class Chaos:
    """Somebody who presses every button."""

    def __init__(self, seed: int) -> None:
        self.lab = Lab()
        self.dice = Random(seed)
        self.refusals = 0

    def step(self) -> None:
        """One fault or one call, then some time."""
        if self.dice.random() < 0.25:
            self._fault()
        else:
            self._call()
        self.lab.run(self.dice.choice(PAUSES_S))

    def _fault(self) -> None:
        machine = self.dice.choice(list(self.lab.world.machines.values()))
        storage = self.dice.choice(list(self.lab.world.storage.values()))
        match self.dice.choice(("cut", "reset", "boot", "cable", "plug", "sr", "killed")):
            case "cut":
                machine.power_cut()
            case "reset":
                machine.reset()
            case "boot":
                self.restore_power()
            case "cable":
                machine.connected = False
            case "plug":
                machine.connected = True
            case "sr":
                storage.cut.symmetric_difference_update({machine.name})
            case _:
                machine.toolstack.killed()

    def _call(self) -> None:
        master = self.lab.master()
        if master is None:
            return
        try:
            session = self.lab.login(master)
            self.lab.start_raw(*self._choose(session), on=master)
        except (XapiError, Unreachable):
            self.refusals += 1

    def _choose(self, session: str) -> tuple[t.Any, ...]:
        db = self.lab.db
        host, sr = self.dice.choice(list(db.rows("host"))), self.dice.choice(list(db.rows("SR")))
        vm = self.dice.choice([ref for ref, row in db.rows("VM").items() if not row["is_control_domain"]])
        name, *params = self.dice.choice(
            [
                ("host.disable", host),
                ("host.enable", host),
                ("host.evacuate", host),
                ("host.reboot", host),
                ("host.restart_agent", host),
                ("host.call_plugin", host, "updater.py", "update", {}),
                ("pool.designate_new_master", host),
                ("pool.enable_ha", [sr], {"timeout": "60"}),
                ("pool.disable_ha",),
                ("VM.pool_migrate", vm, host, {}),
                ("VM.start", vm, False, True),
                ("VM.clean_shutdown", vm),
            ]
        )
        return (self.dice.choice(("", "Async.")) + str(name), session, *params)

    def restore_power(self) -> None:
        for machine in self.lab.world.machines.values():
            machine.boot()
            if machine.power == "on":
                machine.toolstack.start()

    def calm(self) -> None:
        """Everything is plugged in again, and an hour passes."""
        for machine in self.lab.world.machines.values():
            machine.connected = True
        for storage in self.lab.world.storage.values():
            storage.cut.clear()
        self.restore_power()
        self.lab.run(400)
        self.restore_power()
        self.lab.run(3600)


@pytest.mark.parametrize("seed", range(4))
def test_after_any_chaos_there_is_one_master_and_its_database_tells_the_truth(seed: int) -> None:
    chaos = Chaos(seed)
    for _step in range(STEPS):
        chaos.step()
    chaos.calm()
    lab = chaos.lab
    assert chaos.refusals < STEPS / 2
    assert len(lab.world.pools["pool"].masters()) == 1
    for machine in lab.world.machines.values():
        if machine.toolstack.emergency is None and lab.live(machine.name):
            vms = lab.db.related("host", lab.host(machine.name), "resident_VMs")
            guests = {lab.db.row("VM", vm)["uuid"] for vm in vms if not lab.db.row("VM", vm)["is_control_domain"]}
            assert guests == set(machine.domains)
    assert lab.world.book.totals()["twice"] == 0
    assert PASSWORD not in str(lab.world.book.as_dict())
