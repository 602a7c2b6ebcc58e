# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cannot work is told in one clear sentence before anything is changed."""

from __future__ import annotations

import typing as t

import pytest
from support import promises
from support.lab import Lab
from support.player import Played, Player

POOL = "pool-a"


def assert_refused(lab: Lab, played: Played, *words: str, ha: bool = True) -> None:
    """And nothing has happened in the estate."""
    promises.refused(lab, played, *words)
    assert "wrong-password" not in played.output
    totals = lab.book()["totals"]
    assert set(totals.values()) == {0}, totals
    assert lab.state()["pools"][POOL]["ha_enabled"] is ha


CASES: list[tuple[str, dict[str, t.Any], tuple[str, ...]]] = [
    ("wrong password", {"xapi": {"password": "wrong-password"}}, ("password",)),
    ("wrong secret", {"cloudstack": {"api_secret": "wrong-password"}}, ("key", "clock")),
    ("nobody at the XAPI address", {"xapi": {"hostname": "127.0.1.99:1"}}, ("127.0.1.99:1", "no serving master")),
    ("nobody at the API address", {"cloudstack": {"api_url": "https://127.0.1.99:1/client/api"}}, ("127.0.1.99:1",)),
    ("XAPI certificate not trusted", {"xapi": {"ca_path": None}}, ("certificate is not trusted", "ca_path")),
    (
        "API certificate not trusted",
        {"cloudstack": {"api_verify_ssl_cert": None}},
        ("certificate", "api_verify_ssl_cert"),
    ),
    ("plain HTTP", {"xapi": {"hostname": "http://127.0.1.11"}}, ("passwords are not sent over http",)),
]


@pytest.mark.parametrize(("changes", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_connection_that_cannot_work(
    lab: Lab, player: Player, changes: dict[str, t.Any], words: tuple[str, ...]
) -> None:
    assert_refused(lab, player.play(lab, "rolling_patch", "-vvv", **changes), *words)


def test_a_cluster_that_is_not_the_pool(start_lab: t.Callable[..., Lab], player: Player) -> None:
    lab = start_lab("two_pools.yml")
    played = player.play(lab, "rolling_patch", "-e", "rolling_patch_cluster=cluster-b")
    assert_refused(lab, played, "cluster-b", "xen0")


def test_a_cluster_that_does_not_exist(lab: Lab, player: Player) -> None:
    played = player.play(lab, "rolling_patch", "-e", "rolling_patch_cluster=nonsense")
    assert_refused(lab, played, "nonsense", "cluster-a")


@pytest.mark.parametrize(
    ("book", "option", "words"),
    [
        ("rolling_patch", "rolling_patch_mode=upgrade", ("upgrade",)),
        ("pool_ha", "pool_ha_state=enabled -e pool_ha_timeout=5", ("5", "10")),
        ("pool_ha", "pool_ha_state=on", ("on",)),
        ("host_maintenance", "host_maintenance_state=maintenance -e host_maintenance_host=xen09", ("xen09", "xen01")),
    ],
)
def test_an_option_out_of_range(lab: Lab, player: Player, book: str, option: str, words: tuple[str, ...]) -> None:
    arguments = [word for part in option.split(" -e ") for word in ("-e", part)]
    assert_refused(lab, player.play(lab, book, "-vvv", *arguments), *words)


def test_all_that_blocks_a_run_is_told_at_once(start_lab: t.Callable[..., Lab], player: Player) -> None:
    lab = start_lab("blocked.yml")
    played = player.play(lab, "rolling_patch")
    assert_refused(lab, played, "xen03", "xen04", "restart")


def test_a_host_that_is_down_is_named_even_when_it_is_the_one_given(
    start_lab: t.Callable[..., Lab], player: Player
) -> None:
    lab = start_lab("one_down.yml")
    played = player.play(
        lab, "rolling_patch", "-e", "rolling_patch_cluster=cluster-a", xapi=lab.xapi_connection("xen04")
    )
    assert_refused(lab, played, "xen04", ha=False)


def test_the_master_is_not_taken_out_of_service_behind_cloudstacks_back(lab: Lab, player: Player) -> None:
    arguments = ("-e", "host_maintenance_state=maintenance", "-e", "host_maintenance_host=xen01")
    assert_refused(lab, player.play(lab, "host_maintenance", *arguments), "xen01", "master")


BESIDE: dict[str, dict[str, t.Any]] = {
    "rolling_patch": {},
    "remove_host": {"remove_host_hosts": ["xen04"]},
    "add_host": {"add_host_hosts": ["192.0.2.99"]},
    "designate_master": {},
    "pool_ha": {"pool_ha_state": "disabled"},
    "vm_protection": {"vm_protection_mode": "cloudstack"},
    "resume": {"resume_action": "take_back"},
    "host_maintenance": {"host_maintenance_state": "in_service", "host_maintenance_host": "xen04"},
}


def test_no_role_works_beside_a_run_that_lives(lab: Lab, player: Player) -> None:
    task = {"state": "started", "operation": "rolling_patch", "owner": "night@there", "lease": 10**8}
    player.results(lab, {"xencloud.maintenance.maintenance_run": task})
    held = lab.state()["pools"][POOL]["other_config"]
    for role, variables in BESIDE.items():
        played = player.play(lab, role, **variables)
        assert_refused(lab, played, "(rolling_patch) of night@there, begun ", " ago")
        assert lab.state()["pools"][POOL]["other_config"] == held, role
