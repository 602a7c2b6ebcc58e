# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with an estate file is one clear sentence with file and line."""

from __future__ import annotations

import pytest

from xencloud_lab.build import build
from xencloud_lab.estate_file import EstateError, parse

GOOD = """\
cloudstack: {address: 127.0.1.10}
pools:
  - name: pool-a
    product: xcp-ng-8.3
    cluster: {name: cluster-a}
    hosts:
      - {name: xen01, address: 127.0.1.11, memory_gib: 16}
      - {name: xen02, address: 127.0.1.12, memory_gib: 16}
    storage:
      - {name: nfs-ha}
      - {name: local, type: ext, shared: false}
      - {name: half, hosts: [xen01]}
    ha: {enabled: true, heartbeat_sr: nfs-ha}
    vms:
      - {name: web, count: 2, memory_gib: 4}
      - {name: alone, on: [xen02]}
"""


def complaint(old: str, new: str) -> str:
    assert old in GOOD
    with pytest.raises(EstateError) as caught:
        parse(GOOD.replace(old, new), "lab.yml")
    return str(caught.value)


def test_file_without_mistakes_is_built() -> None:
    assert build(parse(GOOD)).pools["pool-a"].xhad.active


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("xcp-ng-8.3", "xcp-ng-9", 4, "pools[0].product: product xcp-ng-9 is not modelled (there are: "),
        ("127.0.1.10}", '127.0.1.10, version: "3.0.0"}', 1, "cloudstack.version: CloudStack 3.0.0 is older than"),
        ("127.0.1.10}", "127.0.1.10, version: new}", 1, "cloudstack.version: CloudStack new is no version"),
        ("127.0.1.10}", "127.0.1.10, settings: {ping.intervall: 5}}", 1, "cloudstack.settings.ping.intervall: "),
        ("127.0.1.10}", "192.0.2.1}", 1, "cloudstack.address: 192.0.2.1 is not a loopback address"),
        ("127.0.1.10}", "127.0.1.11}", 1, "cloudstack.address: address 127.0.1.11 is there twice"),
        ("127.0.1.12", "127.0.1.11", 8, "pools[0].hosts[1]: address 127.0.1.11 is there twice"),
        ("name: xen02, address", "name: xen01, address", 8, "pools[0].hosts[1]: host xen01 is there twice"),
        ("xen02, address: 127.0.1.12", "xen02, address: 127.255.255.255, count: 2", 3, "leave the loopback network"),
        ("on: [xen02]", "on: [xen3]", 16, "pools[0].vms[1].on: VM alone: host xen3 does not exist"),
        ("name: alone", "name: alone, disk_sr: x", 16, "pools[0].vms[1].disk_sr: VM alone: storage x does not exist"),
        ("name: alone", "name: alone, disk_sr: half", 16, "VM alone: host xen02 does not have storage half"),
        ("name: alone, on", "name: web-1, on", 16, "pools[0].vms[1]: VM web-1 is there twice"),
        ("memory_gib: 4}", "memory_gib: 40}", 15, "the VMs on host xen01 need 28.9 GiB more than it has"),
        ("sr: nfs-ha}", "sr: local}", 13, "pools[0].ha.heartbeat_sr: HA cannot use storage local"),
        ("sr: nfs-ha}", "sr: half}", 13, "HA cannot use storage half for its heartbeat: host xen02 does not have it"),
        ("sr: nfs-ha}", "sr: none}", 13, "pools[0].ha.heartbeat_sr: ha: storage none does not exist"),
        ("{name: nfs-ha}", "{name: nfs-ha, type: iso}", 13, "it holds ISO images"),
        ("enabled: true", "enabled: true, timeout: 5", 13, "pools[0].ha.timeout: Input should be greater than"),
        ("    ha: {", "    hosts: []\n    ha: {", 13, "hosts: this key is there twice"),
        ("pools:", "durations: {boot: -1}\npools:", 2, "durations.boot: -1 is too little"),
        ("pools:", "faults: [{kind: crash, host: xen9}]\npools:", 2, "faults[0].host: fault crash: host xen9"),
        ("pools:", "faults: [{kind: storage_cut, host: xen01, sr: x}]\npools:", 2, "fault storage_cut: storage x"),
        ("pools:", "faults: [{kind: melt}]\npools:", 2, "faults[0].kind: Input should be"),
    ],
)
def test_mistake_is_one_sentence_with_its_line(old: str, new: str, line: int, what: str) -> None:
    text = complaint(old, new)
    assert text.startswith(f"lab.yml:{line}: ")
    assert what in text
    assert "\n" not in text


def test_ha_without_any_shared_storage_is_a_mistake() -> None:
    text = GOOD.replace("{name: nfs-ha}", "{name: nfs-ha, shared: false}").replace(
        ", hosts: [xen01]}", ", shared: false}"
    )
    with pytest.raises(EstateError, match="HA needs a shared storage for its heartbeat"):
        parse(text.replace(", heartbeat_sr: nfs-ha", ""))


def test_second_cluster_of_the_same_name_is_a_mistake() -> None:
    second = "  - {name: pool-b, cluster: {name: cluster-a}, hosts: [{name: y, address: 127.0.1.20}]}\n"
    with pytest.raises(EstateError, match=r"lab.yml:17: pools\[1\].cluster: cluster cluster-a is there twice"):
        parse(GOOD + second, "lab.yml")


def test_member_that_crashed_before_the_world_begins_leaves_ha_on() -> None:
    text = GOOD.replace("address: 127.0.1.12,", "address: 127.0.1.12, power: off,")
    world = build(parse(text))
    pool = world.pools["pool-a"]
    assert pool.xhad.active
    world.timeline.run_until(world.timeline.now + 3600)
    assert [machine.name for machine in pool.masters()] == ["xen01"]
    assert not world.machines["xen02"].powered


def test_pool_without_any_power_is_legal_and_its_guests_do_not_run() -> None:
    text = GOOD.replace("memory_gib: 16}", "memory_gib: 16, power: off}")
    world = build(parse(text))
    assert not any(machine.domains for machine in world.machines.values())
