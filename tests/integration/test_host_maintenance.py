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
