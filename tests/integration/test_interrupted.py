# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A controller that dies in the middle loses nothing that the next run cannot take back."""

from __future__ import annotations

import time
import typing as t

import pytest
from support import promises
from support.lab import Lab
from support.player import Player

POOL = "pool-a"
TAKE_OVER = ("-e", "rolling_patch_takeover=true")
LIMIT_S = 120.0


def wait_for(lab: Lab, kind: str, text: str = "", count: int = 1) -> None:
    """Until the book has this many lines of a kind, with a text when one is given."""
    end = time.monotonic() + LIMIT_S
    while sum(entry["kind"] == kind and text in ("", entry["text"]) for entry in lab.book()["log"]) < count:
        assert time.monotonic() < end, f"no {kind} {text}"
        time.sleep(0.02)


def wait_until_the_pool_answers(lab: Lab) -> None:
    """A master on its way back takes its time; nobody can take anything back before."""
    end = time.monotonic() + LIMIT_S
    while not lab.state()["pools"][POOL].get("hosts"):
        assert time.monotonic() < end, "no master"
        time.sleep(0.02)


@pytest.mark.parametrize(
    "line",
    [("pool_ha", "off"), ("vm_migrated", "", 3), ("cluster", "Unmanaged"), ("host_off",), ("host_booted", "", 2)],
    ids=["HA just off", "half drained", "just Unmanaged", "master down", "second host up"],
)
def test_after_a_kill_the_next_run_takes_over_and_finishes(lab: Lab, player: Player, line: tuple[t.Any, ...]) -> None:
    run = player.begin(lab, "rolling_patch")
    wait_for(lab, *line)
    run.kill()
    wait_until_the_pool_answers(lab)

    refused = player.play(lab, "rolling_patch")
    assert refused.rc != 0
    assert "its lease lasts another" in refused.errors[0]

    played = player.play(lab, "rolling_patch", *TAKE_OVER)
    assert played.rc == 0, played.output
    state, book = lab.state(), lab.book()
    promises.no_vm_suffered(book)
    promises.every_host_in_service(state, POOL)
    assert state["pools"][POOL]["ha_enabled"]
    assert state["pools"][POOL]["ha_configuration"] == {"timeout": "180"}
    assert [host["missing_updates"] for host in state["hosts"].values()] == [[]] * 4
    assert not [key for key in state["pools"][POOL]["other_config"] if key.startswith("xencloud")]


def test_a_second_run_is_refused_while_the_first_one_lives(lab: Lab, player: Player) -> None:
    run = player.begin(lab, "rolling_patch")
    wait_for(lab, "pool_ha", "off")
    refused = player.play(lab, "rolling_patch")
    run.kill()
    assert refused.rc != 0
    assert "rolling_patch" in refused.errors[0]
    assert "@" in refused.errors[0]
    assert refused.changed == 0
