# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that only look return what their documentation says, and what is true in the lab."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from support.lab import Lab
from support.player import Player
from support.preparations import PREFIX
from support.returns import faults

Json = dict[str, t.Any]

CASES: dict[str, Json] = {
    "xapi_pool_info": {},
    "cloudstack_info": {"cluster": "cluster-a"},
    "maintenance_run_info": {},
    "host_diagnosis": {"host": "xen02"},
    "pool_audit": {},
    "maintenance_plan": {"mode": "reboot"},
}


@pytest.fixture(scope="module")
def returned(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[tuple[Lab, dict[str, Json]]]:
    """What each of them returned from one lab, which nobody changes."""
    folder = tmp_path_factory.mktemp("returns")
    lab = Lab.start(Path(__file__).parent / "estates" / "examples.yml", folder / "lab", 60)
    player = Player(folder)
    yield lab, {module: player.results(lab, {PREFIX + module: options}) for module, options in CASES.items()}
    lab.stop()


@pytest.mark.parametrize("module", CASES)
def test_a_module_that_looks_returns_what_its_documentation_says(
    returned: tuple[Lab, dict[str, Json]], module: str
) -> None:
    assert faults(module, returned[1][module]) == []
    assert not returned[1][module]["changed"]


def test_the_pool_and_the_cluster_are_told_as_they_are(returned: tuple[Lab, dict[str, Json]]) -> None:
    lab, answers = returned
    truth, told = lab.state(), answers["xapi_pool_info"]["pool"]
    pool, cloud = truth["pools"]["pool-a"], answers["cloudstack_info"]["cloudstack"]
    assert told["master"]["name"] == pool["master"]
    assert (told["ha"]["enabled"], told["ha"]["configuration"]) == (pool["ha_enabled"], pool["ha_configuration"])
    assert {host["name"]: host["enabled"] for host in told["hosts"]} == {
        name: host["enabled"] for name, host in pool["hosts"].items()
    }
    assert {vm["name"]: vm["host"] for vm in told["vms"]} == {name: vm["on"] for name, vm in pool["vms"].items()}
    assert {host["name"]: (host["state"], host["resource_state"]) for host in cloud["hosts"]} == {
        name: (host["state"], host["resource_state"]) for name, host in truth["cloudstack"]["hosts"].items()
    }
    assert {vm["instance_name"]: vm["host_name"] for vm in cloud["instances"]} == {
        name: vm["on"] for name, vm in pool["vms"].items() if name[1] == "-"
    }
    assert answers["maintenance_run_info"]["state"] == "free"
    assert [rung["code"] for rung in answers["host_diagnosis"]["ladder"]] == []
