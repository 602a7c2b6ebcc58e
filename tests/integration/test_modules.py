# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode predicts, diff shows, a second run changes nothing; what is true is read from the lab."""

from __future__ import annotations

import typing as t

import pytest
from support import promises
from support.lab import Lab
from support.player import Player
from support.preparations import HA_OFF, OUT, PREFIX
from support.returns import faults

Json = dict[str, t.Any]

POOL = "pool-a"


def pool(lab: Lab) -> Json:
    found: Json = lab.state()["pools"][POOL]
    return found


def cloud(lab: Lab) -> Json:
    found: Json = lab.state()["cloudstack"]
    return found


CASES: dict[str, tuple[str, Json, t.Callable[[Lab], t.Any], t.Any]] = {
    "HA off": ("xapi_pool_ha", {"state": "disabled"}, lambda lab: pool(lab)["ha_enabled"], False),
    "another HA timeout": (
        "xapi_pool_ha",
        {"state": "enabled", "ha_timeout": 120},
        lambda lab: pool(lab)["ha_configuration"],
        {"timeout": "120"},
    ),
    "a member disabled": (
        "xapi_host",
        {"host": "xen02", "state": "disabled"},
        lambda lab: pool(lab)["hosts"]["xen02"]["enabled"],
        False,
    ),
    "the cluster Unmanaged": (
        "cloudstack_cluster",
        {"cluster": "cluster-a", "managed_state": "unmanaged"},
        lambda lab: cloud(lab)["clusters"]["cluster-a"]["managed_state"],
        "Unmanaged",
    ),
    "the cluster Disabled": (
        "cloudstack_cluster",
        {"cluster": "cluster-a", "allocation_state": "disabled"},
        lambda lab: cloud(lab)["clusters"]["cluster-a"]["allocation_state"],
        "Disabled",
    ),
    "a host in CloudStack's maintenance": (
        "cloudstack_host_maintenance",
        {"host": "xen03", "state": "maintenance"},
        lambda lab: cloud(lab)["hosts"]["xen03"]["resource_state"],
        "Maintenance",
    ),
    "an instance moved": (
        "cloudstack_vm_migrate",
        {"moves": [{"vm": "i-2-7-VM", "host": "xen03"}]},
        lambda lab: pool(lab)["vms"]["i-2-7-VM"]["on"],
        "xen03",
    ),
    "a router moved": (
        "cloudstack_vm_migrate",
        {"moves": [{"vm": "r-4-VM", "host": "xen02"}]},
        lambda lab: pool(lab)["vms"]["r-4-VM"]["on"],
        "xen02",
    ),
    "a VM of the pool moved": (
        "xapi_vm_migrate",
        {"moves": [{"vm": "monitoring", "host": "xen01"}]},
        lambda lab: pool(lab)["vms"]["monitoring"]["on"],
        "xen01",
    ),
    "another master": ("xapi_pool_master", {"host": "xen03"}, lambda lab: pool(lab).get("master"), "xen03"),
    "a host updated": (
        "xapi_host_update",
        {"host": "xen02"},
        lambda lab: lab.state()["hosts"]["xen02"]["missing_updates"],
        [],
    ),
    "a host restarted": (
        "xapi_host_power",
        {"host": "xen02", "state": "rebooted", "booted_after": "{{ at_first }}"},
        lambda lab: promises.boots(lab.book())["xen02"],
        1,
    ),
}
BEFORE: dict[str, list[Json]] = {"xapi_pool_master": [HA_OFF], "xapi_host_update": OUT, "xapi_host_power": OUT}


@pytest.mark.parametrize(("module", "options", "look", "wanted"), CASES.values(), ids=CASES.keys())
def test_check_mode_predicts_and_a_second_run_changes_nothing(
    start_lab: t.Callable[..., Lab],
    player: Player,
    module: str,
    options: Json,
    look: t.Callable[[Lab], t.Any],
    wanted: t.Any,
) -> None:
    lab = start_lab("examples.yml")
    at_first = ("-e", f"at_first={lab.state()['clock']['now']}")
    if module in BEFORE:
        prepared = player.tasks(lab, BEFORE[module])
        assert prepared.rc == 0, prepared.output
    task = {PREFIX + module: options}
    before = look(lab)
    assert before != wanted

    predicted = player.results(lab, task, "--check", "--diff", *at_first)
    assert predicted["changed"], predicted
    assert predicted["diff"]["before"] != predicted["diff"]["after"]
    assert look(lab) == before

    done = player.results(lab, task, "--diff", *at_first)
    assert not done["failed"], done["msg"]
    assert done["changed"]
    assert done["diff"] == predicted["diff"]
    assert faults(module, done) == []
    assert look(lab) == wanted

    again = player.results(lab, task, "--diff", *at_first)
    assert not again["failed"], again["msg"]
    assert not again["changed"]


def test_the_module_does_what_the_action_does(start_lab: t.Callable[..., Lab], player: Player) -> None:
    """``async`` goes through the module, which runs anywhere."""
    lab = start_lab("examples.yml")
    task = {PREFIX + "xapi_host": {"host": "xen02", "state": "disabled"}, "async": 120, "poll": 1}
    # By its name: Ansible's async wrapper cannot start an interpreter with a space in its path.
    done = player.results(lab, task, ansible_python_interpreter="python")
    assert not done["failed"], done
    assert done["changed"], done
    assert pool(lab)["hosts"]["xen02"]["enabled"] is False, lab.book()["log"]
