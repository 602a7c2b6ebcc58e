# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lab in the background: the port it finds, and several orders at one moment."""

from __future__ import annotations

import json
import socket
import typing as t
import urllib.error
from pathlib import Path

import pytest

from xencloud_lab import background

ESTATE = Path(__file__).parents[1] / "estates" / "demo.yml"


@pytest.fixture
def taken() -> t.Iterator[int]:
    """A port that another process has on every address."""
    with socket.socket() as listener:
        listener.bind(("", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


@pytest.fixture
def standing(tmp_path: Path) -> t.Iterator[background.Running]:
    """A lab whose clock stands still."""
    lab = background.start(ESTATE, tmp_path / "lab", speed=0)
    yield lab
    lab.stop()


def test_a_port_that_somebody_else_took_in_the_meantime_is_not_the_end(
    taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = background.free_port()
    ports = [taken, taken, free]
    monkeypatch.setattr(background, "free_port", lambda: ports.pop(0))
    lab = background.start(ESTATE, tmp_path / "lab", speed=0)
    assert lab.ready["port"] == free
    lab.stop()


def test_no_other_port_is_taken_than_the_one_that_was_named(
    taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "free_port", lambda: pytest.fail("another port was looked for"))
    with pytest.raises(background.NotStarted, match="in use"):
        background.start(ESTATE, tmp_path / "lab", speed=0, port=taken)


def test_what_has_nothing_to_do_with_a_port_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = [background.free_port()]
    monkeypatch.setattr(background, "free_port", ports.pop)
    with pytest.raises(background.NotStarted, match=r"missing\.yml"):
        background.start(tmp_path / "missing.yml", tmp_path / "lab", speed=0)


def test_several_faults_are_ordered_at_one_moment(standing: background.Running) -> None:
    cut = {"kind": "network_cut", "host": "xen02", "at_s": 10}
    told = standing.ask("/faults", [cut, {"kind": "crash", "host": "xen03", "at_s": 10}])
    assert told == {"ordered": "network_cut, crash"}
    standing.ask("/advance", {"seconds": 10})
    first, second = standing.ask("/state")["faults"]
    assert (first["what"], second["what"]) == ("network_cut: xen02", "crash: xen03")
    assert len({first["at"], second["at"]}) == 1


def test_of_several_faults_all_are_ordered_or_none(standing: background.Running) -> None:
    crash = {"kind": "crash", "host": "xen02"}
    for wrong, why in (({"kind": "crash", "host": "xen99"}, "xen99"), ({"kind": "crash"}, "needs a host")):
        with pytest.raises(urllib.error.HTTPError, match="400") as caught:
            standing.ask("/faults", [crash, wrong])
        assert why in json.load(caught.value)["error"]
    assert standing.ask("/state")["faults"] == []
