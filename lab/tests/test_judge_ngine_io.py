# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judge: modules of ``ngine_io.cloudstack`` from the ``ansible`` package, unchanged (``cloudstack.md`` 4.9)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from judges import fetch
from served_cloud import PASSWORD, ServedCloud, served_cloud

LIMIT_S = 360
pytestmark = pytest.mark.timeout(LIMIT_S + 30)
Tasks = list[dict[str, t.Any]]


class Ansible:
    """ansible-playbook with the judge's collection."""

    def __init__(self, cloud: ServedCloud, folder: Path) -> None:
        self._folder = folder
        collections = fetch.ansible_collections("ngine_io.cloudstack")
        self._environment = {
            **os.environ,
            **cloud.environment,
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
            "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_DEPRECATION_WARNINGS": "false",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "CLOUDSTACK_TIMEOUT": "60",
        }

    def play(self, **modules: dict[str, t.Any]) -> dict[str, t.Any]:
        """Run modules one after the other; what each of them returned, whether it failed or not."""
        tasks: Tasks = [
            {f"ngine_io.cloudstack.{name.partition('__')[0]}": args, "register": name, "ignore_errors": True}
            for name, args in modules.items()
        ]
        answers = self._folder / "answers.json"
        content = "{{ {" + ", ".join(f"'{name}': {name}" for name in modules) + "} | to_json }}"
        tasks.append({"ansible.builtin.copy": {"dest": str(answers), "content": content, "mode": "0600"}})
        variables = {"ansible_python_interpreter": sys.executable}
        play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": variables, "tasks": tasks}
        book = self._folder / "play.json"
        book.write_text(json.dumps([play]), "utf-8")
        program = str(Path(sys.executable).parent / "ansible-playbook")
        done = subprocess.run(
            [program, str(book)], env=self._environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return t.cast(dict[str, t.Any], json.loads(answers.read_text("utf-8")))


HOST = {"name": "xen02", "zone": "zone1"}
CLUSTER = {"name": "cluster-a", "zone": "zone1"}
BATCH = {"name": "batch", "zone": "zone1"}
PLACE = {"zone": "zone1", "pod": "pod1", "cluster": "cluster-a", "hypervisor": "XenServer"}
LOGIN = {"url": "http://127.0.4.13", "username": "root", "password": PASSWORD}
MODULES: dict[str, dict[str, t.Any]] = {
    "cs_zone_info": {},
    "cs_instance_info": {"name": "batch"},
    "cs_instance__off": {**BATCH, "state": "stopped"},
    "cs_instance__on": {**BATCH, "state": "started"},
    "cs_instance__again": {**BATCH, "state": "restarted"},
    "cs_host__in": {**HOST, "allocation_state": "maintenance"},
    "cs_host__still": {**HOST, "allocation_state": "maintenance"},
    "cs_host__out": {**HOST, "allocation_state": "enabled"},
    "cs_host__off": {**HOST, "allocation_state": "disabled"},
    "cs_host__on": {**HOST, "allocation_state": "enabled"},
    "cs_host__gone": {"name": "xen03", "zone": "zone1", "state": "absent"},
    "cs_host__back": {"name": "127.0.4.13", **PLACE, **LOGIN},
    "cs_cluster__off": {**CLUSTER, "state": "disabled"},
    "cs_cluster__on": {**CLUSTER, "state": "enabled"},
    "cs_affinitygroup": {"name": "spread", "affinity_type": "host anti-affinity"},
    "cs_configuration": {"name": "vm.allocation.algorithm", "value": "firstfit"},
    "cs_configuration__unknown": {"name": "no.such.setting", "value": "1"},
}
"""What is played, in one go: starting Ansible takes longer than all of it."""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[dict[str, t.Any]]:
    """What the modules returned."""
    folder = tmp_path_factory.mktemp("ngine_io")
    with served_cloud(folder) as cloud:
        yield Ansible(cloud, folder).play(**MODULES)


def test_nothing_failed_but_what_had_to(done: dict[str, t.Any]) -> None:
    failed = {name: answer.get("msg") for name, answer in done.items() if answer.get("failed")}
    assert list(failed) == ["cs_configuration__unknown"], failed


def test_information_modules_find_what_there_is(done: dict[str, t.Any]) -> None:
    assert done["cs_zone_info"]["zones"][0]["name"] == "zone1"
    (batch,) = done["cs_instance_info"]["instances"]
    assert (batch["state"], batch["hypervisor"]) == ("Running", "XenServer")


def test_a_host_goes_through_maintenance_and_back(done: dict[str, t.Any]) -> None:
    changed = {name: done[f"cs_host__{name}"]["changed"] for name in ("in", "still", "out", "off", "on")}
    assert changed == {"in": True, "still": False, "out": True, "off": True, "on": True}
    assert done["cs_host__on"]["resource_state"] == "Enabled"


def test_a_host_is_deleted_and_added(done: dict[str, t.Any]) -> None:
    assert (done["cs_host__gone"]["changed"], done["cs_host__back"]["changed"]) == (True, True)


def test_a_cluster_is_disabled_and_enabled(done: dict[str, t.Any]) -> None:
    states = [done[name]["allocation_state"] for name in ("cs_cluster__off", "cs_cluster__on")]
    assert states == ["Disabled", "Enabled"]


def test_an_instance_stops_starts_and_restarts(done: dict[str, t.Any]) -> None:
    answers = [done[f"cs_instance__{name}"] for name in ("off", "on", "again")]
    assert [answer["changed"] for answer in answers] == [True, True, True]
    assert answers[2]["state"] == "Running"


def test_a_group_is_made_and_a_setting_changed(done: dict[str, t.Any]) -> None:
    assert done["cs_affinitygroup"]["name"] == "spread"
    assert done["cs_configuration"]["changed"]
