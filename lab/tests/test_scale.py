# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Large estates and fast clocks: the same world, only more of it, and sooner.

The limits in seconds and bytes are measured by ``benchmarks/lab.py``; here are the rules that make them true.
"""

from __future__ import annotations

import asyncio
from random import Random

import pytest
import twin

from xencloud_lab.build import build
from xencloud_lab.engine import Engine
from xencloud_lab.estate_file import parse
from xencloud_lab.pacer import Pacer
from xencloud_lab.timeline import Timeline
from xencloud_lab.world import World
from xencloud_lab.xapi import shown
from xencloud_lab.xapi.database import Database
from xencloud_lab.xapi.frozen import freeze
from xencloud_lab.xapi.model import NULL

RELEASE = "25.6.0"
FAST = 10_000.0


# the clock --------------------------------------------------------------------------------


class Watch:
    """Notes when it was told, and lets more happen."""

    def __init__(self, timeline: Timeline, dice: Random) -> None:
        self._timeline = timeline
        self._dice = dice
        self.seen: list[tuple[float, float, int]] = []
        self._ordered = 0

    def order(self, seconds: float) -> None:
        due = self._timeline.now + seconds
        self._ordered += 1
        self._timeline.after(seconds, self.happen, due, self._ordered)

    def happen(self, due: float, number: int) -> None:
        self.seen.append((self._timeline.now, due, number))
        if len(self.seen) < 2000:
            self.order(self._dice.choice((0.0, 0.001, 1.0, 30.0, 600.0)))


@pytest.mark.parametrize("seed", range(3))
def test_clock_factor_of_10000_keeps_the_order_and_the_time_of_events(seed: int) -> None:
    async def run() -> list[tuple[float, float, int]]:
        world = World(seed, 0.0)
        watch = Watch(world.timeline, Random(seed))
        for _ in range(20):
            watch.order(1.0)
        engine = Engine(world, Pacer(0.0, FAST))
        pump = asyncio.create_task(engine.run())
        while len(watch.seen) < 1000:
            await engine.request(world.timeline.next_at)
            await asyncio.sleep(0)
        pump.cancel()
        assert engine.internal_errors == []
        return watch.seen

    seen = asyncio.run(run())
    assert all(now == due for now, due, _ in seen)
    assert [(due, number) for _, due, number in seen] == sorted((due, number) for _, due, number in seen)


@pytest.mark.parametrize("seed", range(3))
def test_outcome_does_not_depend_on_the_steps_in_which_time_passes(seed: int) -> None:
    dice, one, other = Random(seed), twin.world(), twin.world()
    for world in (one, other):
        twin.take(world, ("fault", "crash", "xen-2"))
    end = one.timeline.now + 3600
    one.timeline.run_until(end)
    while other.timeline.now < end:
        other.timeline.run_until(min(end, other.timeline.now + dice.random() * 100))
    assert twin.everything(one) == twin.everything(other)


# the database -----------------------------------------------------------------------------


def database() -> Database:
    db = Database(Random(1), RELEASE)
    host = db.create("host", name_label="xen1")
    for number in range(5):
        db.create("VM", name_label=f"vm{number}", resident_on=host)
    return db


def test_copy_of_a_database_and_the_original_do_not_see_each_others_writes() -> None:
    db = database()
    copy = db.snapshot()
    vm, host = db.find("VM", name_label="vm0")[0], db.find("host")[0]
    db.set("VM", vm, name_label="changed", resident_on=NULL)
    db.destroy("VM", db.find("VM", name_label="vm1")[0])
    assert copy.row("VM", vm)["name_label"] == "vm0"
    assert (len(copy.related("host", host, "resident_VMs")), len(db.related("host", host, "resident_VMs"))) == (5, 3)
    copy.set("VM", vm, name_label="copy")
    assert db.row("VM", vm)["name_label"] == "changed"
    assert copy.create("VM") not in db.rows("VM")


def test_row_that_somebody_holds_stays_as_it_was() -> None:
    db = database()
    vm = db.find("VM", name_label="vm0")[0]
    row = db.row("VM", vm)
    db.set("VM", vm, name_label="changed")
    assert (row["name_label"], db.row("VM", vm)["name_label"]) == ("vm0", "changed")


def test_default_that_rows_share_cannot_be_changed() -> None:
    row = database().row("VM", database().find("VM")[0])
    for value, change in ((row["tags"], "append"), (row["other_config"], "setdefault")):
        with pytest.raises(TypeError, match="give the row a new value"):
            getattr(value, change)("x")
    assert freeze([1]) == [1]
    assert freeze({"a": 1}) == {"a": 1}


def test_uuid_is_found_after_every_kind_of_change() -> None:
    db = database()
    vm = db.find("VM", name_label="vm0")[0]
    uuid = db.row("VM", vm)["uuid"]
    assert db.by_uuid("VM", uuid) == vm
    db.set("VM", vm, uuid="another")
    assert (db.find("VM", uuid=uuid), db.find("VM", uuid="another")) == ([], [vm])
    new = db.create("VM", uuid=uuid)
    assert db.by_uuid("VM", uuid) == new
    db.destroy("VM", new)
    assert db.find("VM", uuid=uuid) == []


def test_vms_on_their_way_are_found_without_looking_at_all() -> None:
    db = database()
    vm, host = db.find("VM", name_label="vm0")[0], db.find("host")[0]
    generation = db.modified["host", host]
    db.set("VM", vm, scheduled_to_be_resident_on=host)
    assert db.pointing("VM", "scheduled_to_be_resident_on", host) == [vm]
    assert db.modified["host", host] == generation, "no field of the host has changed"
    db.set("VM", vm, scheduled_to_be_resident_on=NULL)
    assert db.pointing("VM", "scheduled_to_be_resident_on", host) == []


@pytest.mark.parametrize("seed", range(5))
def test_kept_records_are_always_those_of_now(seed: int) -> None:
    db, dice = database(), Random(seed)
    host = db.find("host")[0]
    for _ in range(200):
        vms = list(db.rows("VM"))
        match dice.randrange(4):
            case 0:
                db.create("VM", resident_on=dice.choice((host, NULL)))
            case 1 if vms:
                db.destroy("VM", dice.choice(vms))
            case 2 if vms:
                db.set("VM", dice.choice(vms), name_label=str(dice.random()), resident_on=dice.choice((host, NULL)))
            case _:
                for cls in ("VM", "host"):
                    expected = {ref: shown.record(db, cls, ref, RELEASE) for ref in db.rows(cls)}
                    kept = shown.all_records(db, cls, RELEASE)
                    assert list(kept.items()) == list(expected.items())


# large estates ----------------------------------------------------------------------------

LARGE = """
pools:
  - name: pool
    count: 3
    hosts: [{name: xen, count: 4, address: 127.2.0.1}, {name: big, address: 127.2.0.9, memory_gib: 512}]
    storage: [{name: nfs1}]
    ha: {enabled: true, heartbeat_sr: nfs1}
    vms: [{name: web, per_host: 2, memory_gib: 1}, {name: db, per_host: 3, on: [big]}, {name: own, on: [xen]}]
"""


def test_count_of_hosts_and_pools_and_guests_per_host_are_written_out() -> None:
    pools = parse(LARGE).pools
    assert [pool.name for pool in pools] == ["pool-1", "pool-2", "pool-3"]
    assert [(host.name, host.address) for host in pools[1].hosts] == [
        ("pool-2-xen-1", "127.2.1.1"),
        ("pool-2-xen-2", "127.2.1.2"),
        ("pool-2-xen-3", "127.2.1.3"),
        ("pool-2-xen-4", "127.2.1.4"),
        ("pool-2-big", "127.2.1.9"),
    ]
    assert [(vm.name, vm.count) for vm in pools[2].vms] == [("pool-3-web", 10), ("pool-3-db", 3), ("pool-3-own", 1)]


def test_guests_per_host_run_where_they_should() -> None:
    world = build(parse(LARGE))
    per_host = {name: len(machine.domains) for name, machine in world.machines.items()}
    assert per_host["pool-2-big"] == 5
    assert per_host["pool-2-xen-1"] == 3
    assert per_host["pool-2-xen-2"] == 2
    assert sum(per_host.values()) == 3 * (10 + 3 + 1)
    assert all(pool.master() is not None and pool.xhad.active for pool in world.pools.values())
