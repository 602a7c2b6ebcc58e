# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold after every run, read from the book and the state of the lab, not from a module."""

from __future__ import annotations

import typing as t

from .lab import Lab
from .player import Played

Json = dict[str, t.Any]


def no_vm_suffered(book: Json) -> None:
    """No VM was lost, stopped or run twice."""
    totals = book["totals"]
    assert (totals["lost"], totals["stopped"], totals["twice"]) == (0, 0, 0), book["log"]
    assert book["verdict"] == "good", book["complaints"]


def refused(lab: Lab, played: Played, *words: str) -> None:
    """Red, one sentence with these words, no traceback, no secret, and no task changed anything."""
    assert played.rc != 0
    assert played.errors, played.output
    for word in words:
        assert word in played.errors[0], played.errors
    assert "Traceback" not in played.output
    for secret in lab.secrets:
        assert secret not in played.output
    assert played.changed == 0


def no_record_left(pool: Json, prefix: str = "xencloud") -> None:
    """No run holds this pool of the lab's state, nor has one left anything in its record."""
    assert [key for key in pool["other_config"] if key.startswith(prefix)] == []


def ha_is(state: Json, pool: str, *, enabled: bool) -> None:
    assert state["pools"][pool]["ha_enabled"] is enabled


def every_host_in_service(state: Json, pool: str) -> None:
    """Enabled and live in the pool, Up and Enabled in CloudStack, the cluster Managed."""
    for name, host in state["pools"][pool]["hosts"].items():
        assert host == {"enabled": True, "live": True}, name
    for name, host in cloud_hosts(state).items():
        assert (host["state"], host["resource_state"]) == ("Up", "Enabled"), name
    for name, cluster in state["cloudstack"]["clusters"].items():
        assert cluster["managed_state"] == "Managed", name


def cloud_hosts(state: Json) -> Json:
    hosts: Json = state["cloudstack"]["hosts"]
    return hosts


def boots(book: Json) -> dict[str, int]:
    """How often each host was restarted."""
    return {name: page["boots"] for name, page in book["hosts"].items()}


def mixed(book: Json, pool: str) -> bool:
    """The pool's hosts differ in version now."""
    windows = book["pools"][pool]["mixed"]
    return bool(windows) and windows[-1]["end"] is None
