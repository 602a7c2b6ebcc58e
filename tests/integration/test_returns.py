# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that only look return what their documentation says, and what is true in the lab."""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

import pytest
import yaml
from support.lab import Lab
from support.player import Player
from support.preparations import PREFIX

Json = dict[str, t.Any]

MODULES = Path(__file__).parents[2] / "plugins" / "modules"
# The words of documentation, and what JSON makes of a value.
TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "dict": (dict,),
    "list": (list,),
}
CASES: dict[str, Json] = {
    "xapi_pool_info": {},
    "cloudstack_info": {"cluster": "cluster-a"},
    "maintenance_run_info": {},
    "host_diagnosis": {"host": "xen02"},
    "pool_audit": {},
    "maintenance_plan": {"mode": "reboot"},
}


def documented(module: str) -> Json:
    """``RETURN`` of a module."""
    body = ast.parse((MODULES / f"{module}.py").read_text()).body
    texts = {ast.unparse(node.targets[0]): node.value for node in body if isinstance(node, ast.Assign)}
    found: Json = yaml.safe_load(ast.literal_eval(texts["RETURN"]))
    return found


def differences(place: str, told: Json, value: t.Any) -> t.Iterator[str]:
    """Where a value is not what its documentation says; null is fine anywhere."""
    if value is None:
        return
    if not isinstance(value, TYPES.get(told["type"], (object,))):
        yield f"{place} is a {type(value).__name__}, not a {told['type']}"
        return
    for each in t.cast(list[Json], value if isinstance(value, list) else [value]):
        yield from keys(place, told["contains"], each) if "contains" in told else ()


def keys(place: str, told: Json, value: Json) -> t.Iterator[str]:
    yield from (f"{place}.{name} is not documented" for name in sorted(set(value) - set(told)))
    for name, each in told.items():
        if name not in value:
            yield f"{place}.{name} is not returned"
        else:
            yield from differences(f"{place}.{name}", each, value[name])


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
    # What every task has.
    answer = {key: value for key, value in returned[1][module].items() if key not in ("changed", "failed", "warnings")}
    assert list(keys(module, documented(module), answer)) == []
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
