# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One host goes out of service and comes back; what is true is read from the lab."""

from __future__ import annotations

import typing as t

from support import promises
from support.lab import Lab
from support.player import Played, Player

Json = dict[str, t.Any]

POOL = "pool-a"


def maintain(lab: Lab, player: Player, host: str, state: str, *arguments: str) -> Played:
    """The playbook, for this host."""
    given = ("-e", f"host_maintenance_host={host}", "-e", f"host_maintenance_state={state}")
    return player.play(lab, "host_maintenance", *given, *arguments)


def guests(state: Json, host: str) -> list[str]:
    return [name for name, vm in state["pools"][POOL]["vms"].items() if vm["on"] == host]


def resource_state(state: Json, host: str) -> str:
    return str(promises.cloud_hosts(state)[host]["resource_state"])


def test_a_host_goes_and_comes_back_and_each_second_run_changes_nothing(lab: Lab, player: Player) -> None:
    before = lab.state()
    assert guests(before, "xen02")
    checked = maintain(lab, player, "xen02", "maintenance", "--check")
    assert checked.rc == 0, checked.output
    assert lab.state()["pools"] == before["pools"]
    assert resource_state(lab.state(), "xen02") == "Enabled"

    gone = maintain(lab, player, "xen02", "maintenance")
    assert gone.rc == 0, gone.output
    away = lab.state()
    assert guests(away, "xen02") == []
    assert away["pools"][POOL]["hosts"]["xen02"]["enabled"] is False
    assert resource_state(away, "xen02") == "Maintenance"
    again = maintain(lab, player, "xen02", "maintenance")
    assert (again.rc, again.changed) == (0, 0), again.output

    back = maintain(lab, player, "xen02", "in_service")
    assert back.rc == 0, back.output
    promises.every_host_in_service(lab.state(), POOL)
    promises.ha_is(lab.state(), POOL, enabled=True)
    again = maintain(lab, player, "xen02", "in_service")
    assert (again.rc, again.changed) == (0, 0), again.output
    promises.no_vm_suffered(lab.book())
    assert lab.book()["pools"][POOL]["ha_off"] == []


def test_the_master_goes_only_while_cloudstack_looks_away(lab: Lab, player: Player) -> None:
    refused = maintain(lab, player, "xen01", "maintenance")
    promises.refused(lab, refused, "xen01: it is the pool's master", "host_maintenance_unmanage")
    assert resource_state(lab.state(), "xen01") == "Enabled"

    knowingly = ("-e", "host_maintenance_unmanage=true")
    gone = maintain(lab, player, "xen01", "maintenance", *knowingly)
    assert gone.rc == 0, gone.output
    [cluster] = lab.state()["cloudstack"]["clusters"].values()
    assert cluster["managed_state"] == "Unmanaged"
    assert guests(lab.state(), "xen01") == []

    back = maintain(lab, player, "xen01", "in_service", *knowingly)
    assert back.rc == 0, back.output
    lab.wait_until(
        lambda state: all(host["state"] == "Up" for host in promises.cloud_hosts(state).values()), "every host is Up"
    )
    promises.every_host_in_service(lab.state(), POOL)
    promises.no_vm_suffered(lab.book())


def managed_state(lab: Lab) -> str:
    [cluster] = lab.state()["cloudstack"]["clusters"].values()
    return str(cluster["managed_state"])


KNOWINGLY = ("-e", "host_maintenance_unmanage=true")


def test_a_master_that_cannot_be_disabled_leaves_cloudstack_looking(lab: Lab, player: Player) -> None:
    lab.fault("refuse", call={"method": "host.disable"}, error=["INTERNAL_ERROR", "disk"])
    failed = maintain(lab, player, "xen01", "maintenance", *KNOWINGLY)
    assert failed.rc != 0
    assert "INTERNAL_ERROR" in failed.errors[-1]
    assert "was Unmanaged for it and is Managed again in CloudStack" in failed.errors[-1]
    assert managed_state(lab) == "Managed"
    lab.wait_until(
        lambda state: all(host["state"] == "Up" for host in promises.cloud_hosts(state).values()), "every host is Up"
    )
    assert lab.state()["pools"][POOL]["hosts"]["xen01"]["enabled"]

    again = maintain(lab, player, "xen01", "maintenance", *KNOWINGLY)
    assert again.rc == 0, again.output
    assert managed_state(lab) == "Unmanaged"
    assert not lab.state()["pools"][POOL]["hosts"]["xen01"]["enabled"]


def test_a_cluster_that_was_unmanaged_before_stays_so(lab: Lab, player: Player) -> None:
    look_away = {"cluster": "cluster-a", "managed_state": "unmanaged"}
    player.results(lab, {"xencloud.maintenance.cloudstack_host_maintenance": {"host": "xen01", "state": "maintenance"}})
    player.results(lab, {"xencloud.maintenance.cloudstack_cluster": look_away})
    lab.fault("refuse", call={"method": "host.disable"}, error=["INTERNAL_ERROR", "disk"])
    failed = maintain(lab, player, "xen01", "maintenance", *KNOWINGLY)
    assert failed.rc != 0
    assert "Managed" not in failed.errors[-1]
    assert managed_state(lab) == "Unmanaged"


def test_a_cluster_whose_master_is_disabled_after_all_stays_unmanaged_and_that_is_said(
    lab: Lab, player: Player
) -> None:
    lab.fault("refuse", call={"method": "host.disable", "when": "after"}, error=["INTERNAL_ERROR", "disk"])
    failed = maintain(lab, player, "xen01", "maintenance", *KNOWINGLY)
    assert failed.rc != 0
    assert "INTERNAL_ERROR" in failed.errors[-1]
    left = "is left Unmanaged in CloudStack: the master is disabled in the pool by now."
    assert left in failed.errors[-1]
    assert managed_state(lab) == "Unmanaged"
    assert not lab.state()["pools"][POOL]["hosts"]["xen01"]["enabled"]


def test_a_cluster_whose_master_does_not_answer_any_more_stays_unmanaged_and_that_is_said(
    start_lab: t.Callable[..., Lab], player: Player
) -> None:
    lab = start_lab("ha_off.yml")
    lab.fault("crash", host="xen01", call={"method": "host.disable"})
    impatient = ("-e", '{"maintenance_waiting": {"poll_interval": 0.2, "wait_timeout": 3}}')
    failed = maintain(lab, player, "xen01", "maintenance", *KNOWINGLY, *impatient)
    assert failed.rc != 0
    assert "is left Unmanaged in CloudStack: " in failed.errors[-1]
    assert managed_state(lab) == "Unmanaged"
