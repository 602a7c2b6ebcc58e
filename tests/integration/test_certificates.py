# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each system's certificate is checked, or not, by what is said of that system alone.

The lab's certificates are signed by an authority of its own, which nobody trusts who is not given it.
"""

from __future__ import annotations

import re
import typing as t

import pytest
from support import promises
from support.lab import Lab
from support.player import Played, Player
from support.preparations import PREFIX

Json = dict[str, t.Any]

POOL, CLUSTER = "pool-a", "cluster-a"
NOT_THE_POOLS, NOT_CLOUDSTACKS = {"ca_path": None}, {"api_verify_ssl_cert": None}
# How somebody says that a pool's certificates are not checked: the box of AWX's credential, or the playbook.
UNCHECKED_POOL: dict[str, tuple[dict[str, str], Json]] = {
    "by the environment": ({"XENSERVER_VALIDATE_CERTS": "false"}, NOT_THE_POOLS),
    "by a group default": ({}, {**NOT_THE_POOLS, "validate_certs": False}),
}
UNCHECKED_CLOUDSTACK: dict[str, tuple[dict[str, str], Json]] = {
    "by the environment": ({"CLOUDSTACK_VALIDATE_CERTS": "false"}, NOT_CLOUDSTACKS),
    "by a group default": ({}, {**NOT_CLOUDSTACKS, "api_validate_certs": False}),
}
LOOKS: list[Json] = [
    {PREFIX + "maintenance_undo": {}},
    {PREFIX + "pool_audit": {"fail_on": "blocker"}},
    {PREFIX + "maintenance_plan": {}, "register": "look"},
    {PREFIX + "maintenance_gate": {"cluster": CLUSTER, "expected": "{{ look.plan.expected | default({}) }}"}},
    {PREFIX + "host_diagnosis": {"host": "xen02"}},
    {PREFIX + "xapi_pool_recovery": {}},
]
DEEDS: list[Json] = [
    {PREFIX + "cloudstack_cluster": {"cluster": CLUSTER, "managed_state": "unmanaged"}},
    {PREFIX + "cloudstack_host_maintenance": {"host": "xen03", "state": "maintenance"}},
    {PREFIX + "cloudstack_vm_migrate": {"moves": [{"vm": "i-2-7-VM", "host": "xen03"}]}},
    {PREFIX + "cloudstack_host": {"host": "127.0.1.14", "cluster": CLUSTER, "state": "present"}},
    {PREFIX + "xapi_pool_member": {"hosts": ["xen04"], "confirm_dead": ["xen04"], "state": "forgotten"}},
    {PREFIX + "xapi_vm_protection": {"mode": "xenserver"}},
]


def each(player: Player, lab: Lab, tasks: list[Json], **changes: t.Any) -> Played:
    """All the tasks, whether or not those before them failed."""
    return player.tasks(lab, [{**task, "ignore_errors": True} for task in tasks], **changes)


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[dict[str, str]], None]:
    """Puts words into the environment of the playbooks."""

    def said(words: dict[str, str]) -> None:
        for name, word in words.items():
            monkeypatch.setenv(name, word)

    return said


@pytest.mark.parametrize(("words", "xapi"), UNCHECKED_POOL.values(), ids=UNCHECKED_POOL.keys())
def test_a_pool_that_is_not_checked_leaves_cloudstack_checked(
    lab: Lab, player: Player, say: t.Callable[[dict[str, str]], None], words: dict[str, str], xapi: Json
) -> None:
    say(words)
    before = lab.state()
    tasks = [task for task in LOOKS if PREFIX + "maintenance_undo" not in task] + DEEDS
    played = each(player, lab, tasks, xapi=xapi, cloudstack=NOT_CLOUDSTACKS)
    assert len(played.errors) == len(tasks), played.output
    for error in played.errors:
        assert re.search("CloudStack at [^ ]+: its certificate is not trusted.* api_validate_certs ", error), error
    after = lab.state()
    assert (after["pools"], after["cloudstack"]) == (before["pools"], before["cloudstack"])
    totals = lab.book()["totals"]
    assert set(totals.values()) == {0}, totals


@pytest.mark.parametrize(("words", "xapi"), UNCHECKED_POOL.values(), ids=UNCHECKED_POOL.keys())
def test_a_pool_that_is_not_checked_can_be_maintained(
    lab: Lab, player: Player, say: t.Callable[[dict[str, str]], None], words: dict[str, str], xapi: Json
) -> None:
    say(words)
    played = each(player, lab, LOOKS, xapi=xapi)
    assert played.errors == [], played.output
    protected = player.results(lab, {PREFIX + "xapi_vm_protection": {"mode": "cloudstack"}}, xapi=xapi)
    assert not protected["failed"], protected
    out = player.play(
        lab,
        "host_maintenance",
        "-e",
        "host_maintenance_host=xen03",
        "-e",
        "host_maintenance_state=maintenance",
        xapi=xapi,
    )
    assert out.rc == 0, out.output
    assert promises.cloud_hosts(lab.state())["xen03"]["resource_state"] == "Maintenance"
    off = player.play(lab, "pool_ha", "-e", "pool_ha_state=disabled", xapi=xapi)
    assert off.rc == 0, off.output
    promises.ha_is(lab.state(), POOL, enabled=False)


@pytest.mark.parametrize(("words", "cloudstack"), UNCHECKED_CLOUDSTACK.values(), ids=UNCHECKED_CLOUDSTACK.keys())
def test_a_cloudstack_that_is_not_checked_leaves_the_pool_checked(
    lab: Lab, player: Player, say: t.Callable[[dict[str, str]], None], words: dict[str, str], cloudstack: Json
) -> None:
    say(words)
    played = each(player, lab, LOOKS, xapi=NOT_THE_POOLS, cloudstack=cloudstack)
    assert len(played.errors) == len(LOOKS), played.output
    for error in played.errors:
        assert re.search("its certificate is not trusted .* ca_path, ", error), error
    promises.no_record_left(lab.state()["pools"][POOL])
    done = player.results(lab, DEEDS[0], cloudstack=cloudstack)
    assert done["changed"], done
    assert lab.state()["cloudstack"]["clusters"][CLUSTER]["managed_state"] == "Unmanaged"
