# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client is recorded: its calls, and the worlds between them, each of which can be gone on from."""

from __future__ import annotations

import json
import typing as t
import urllib.error
from pathlib import Path

import pytest
import XenAPI

from xencloud_lab import background
from xencloud_lab.background import Running

ESTATE = Path(__file__).parents[1] / "estates" / "demo.yml"


@pytest.fixture
def running(tmp_path: Path) -> t.Iterator[Running]:
    lab = background.start(ESTATE, tmp_path / "lab", speed=60)
    yield lab
    lab.stop()


def login(lab: Running) -> t.Any:
    ready = lab.ready
    session = XenAPI.Session(f"https://{ready['hosts']['xen01']}:{ready['port']}", ignore_ssl=True)
    session.login_with_password("root", "lab-password")
    return session


def test_calls_are_listed_and_only_what_changes_something_makes_a_moment(running: Running, tmp_path: Path) -> None:
    folder = tmp_path / "moments"
    folder.mkdir()
    session = login(running)
    running.ask("/record", {"folder": str(folder)})
    (pool,) = session.xenapi.pool.get_all()
    for _again in range(5):
        session.xenapi.pool.get_record(pool)
    session.xenapi.pool.add_to_other_config(pool, "note", "1")
    session.xenapi.pool.get_record(pool)
    told = running.ask("/record", {})
    calls = json.loads((folder / "calls.json").read_text())
    assert told["calls"] == len(calls) == 8
    changing = [call for call in calls if call["before"] != call["after"]]
    assert [call["method"] for call in changing] == ["pool.add_to_other_config"]
    assert [call["nth"] for call in calls if call["method"] == "pool.get_record"] == [1, 2, 3, 4, 5, 6]
    assert len(list(folder.glob("moment-*.save"))) == told["moments"]


def test_a_clock_that_stands_moves_only_for_whoever_waits(tmp_path: Path) -> None:
    lab = background.start(ESTATE, tmp_path / "lab", speed=0)
    try:
        begun = lab.ask("/clock")["now"]
        session = login(lab)
        assert lab.ask("/clock")["now"] == begun
        assert lab.ask("/advance", {"seconds": 20})["now"] == begun + 20
        (pool,) = session.xenapi.pool.get_all()
        lab.ask("/faults", {"kind": "slow", "seconds": 30, "call": {"method": "pool.get_uuid"}})
        assert session.xenapi.pool.get_uuid(pool)
        assert lab.ask("/clock")["now"] == begun + 50
    finally:
        lab.stop()


def test_the_master_of_the_moment_can_be_meant(tmp_path: Path) -> None:
    lab = background.start(ESTATE, tmp_path / "lab", speed=0)
    try:
        master = lab.ask("/state")["pools"]["pool-a"]["master"]
        lab.ask("/faults", {"kind": "reset", "host": "@master"})
        assert lab.ask("/state")["hosts"][master]["power"] == "booting"
    finally:
        lab.stop()


def test_a_moment_is_a_world_to_go_on_from(running: Running, tmp_path: Path) -> None:
    folder = tmp_path / "moments"
    folder.mkdir()
    session = login(running)
    running.ask("/record", {"folder": str(folder)})
    (pool,) = session.xenapi.pool.get_all()
    session.xenapi.pool.add_to_other_config(pool, "note", "1")
    running.ask("/record", {})
    (change,) = [call for call in json.loads((folder / "calls.json").read_text()) if call["before"] != call["after"]]
    for moment, there in ((change["before"], False), (change["after"], True)):
        running.ask("/load", {"file": str(folder / f"moment-{moment}.save")})
        assert ("note" in running.ask("/state")["pools"]["pool-a"]["other_config"]) is there


def test_nothing_ends_that_never_began(running: Running, tmp_path: Path) -> None:
    for body in ({}, {"folder": str(tmp_path / "missing")}):
        with pytest.raises(urllib.error.HTTPError, match="400"):
            running.ask("/record", body)
