# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Estate files."""

from __future__ import annotations

from pathlib import Path

import pytest

from xencloud_lab.estate_file import EstateError, load, parse

SMALL = """\
pools:
  - name: pool-a
    hosts:
      - {name: xen01, address: 127.0.1.11}
      - {name: xen02, address: 127.0.1.12, master: true}
    storage:
      - {name: local, type: ext, shared: false}
      - {name: nfs-ha}
    vms:
      - {name: web, count: 3}
      - {name: alone}
"""


def complaint(text: str) -> str:
    with pytest.raises(EstateError) as caught:
        parse(text, "lab.yml")
    return str(caught.value)


def test_nearly_everything_has_a_default() -> None:
    estate = parse(SMALL)
    pool = estate.pools[0]
    assert (estate.ports.https, pool.product, pool.master.name) == (443, "xcp-ng-8.3", "xen02")
    storage = pool.shared_storage()
    assert storage is not None
    assert storage.name == "nfs-ha"
    assert estate.start_time == 1795140000.0


def test_guests_of_a_group_are_numbered_and_a_single_one_is_not() -> None:
    groups = parse(SMALL).pools[0].vms
    assert [group.names() for group in groups] == [["web-1", "web-2", "web-3"], ["alone"]]


def test_unknown_key_is_one_sentence_with_file_and_line() -> None:
    text = SMALL.replace("{name: nfs-ha}", "{name: nfs-ha, shard: true}")
    assert complaint(text) == "lab.yml:8: pools[0].storage[1].shard: there is no such key. Correct the estate file."


def test_wrong_value_is_one_sentence_with_file_and_line() -> None:
    assert complaint(SMALL.replace("count: 3", "count: none")).startswith(
        "lab.yml:10: pools[0].vms[0].count: Input should be"
    )


def test_missing_key_is_named_at_the_line_of_its_parent() -> None:
    text = SMALL.replace("{name: xen01, address: 127.0.1.11}", "{name: xen01}")
    assert complaint(text) == "lab.yml:4: pools[0].hosts[0].address: is missing. Correct the estate file."


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("name: xen02, address: 127.0.1.12", "name: xen01, address: 127.0.1.12", "host xen01 is there twice"),
        ("127.0.1.12", "127.0.1.11", "address 127.0.1.11 is there twice"),
        ("127.0.1.12", "10.0.0.1", "10.0.0.1 is not a loopback address"),
        ("{name: alone}", "{name: alone, on: [xen9]}", "host xen9 does not exist (there are: xen01, xen02)"),
        ("{name: alone}", "{name: alone, disk_sr: x}", "storage x does not exist"),
        ("  - name: pool-a", "  - name: pool-a\n    cluster: {name: c}", "there is no cloudstack section"),
    ],
)
def test_names_and_addresses_must_fit(old: str, new: str, what: str) -> None:
    assert what in complaint(SMALL.replace(old, new))


def test_two_masters_are_refused() -> None:
    text = SMALL.replace("{name: xen01, address: 127.0.1.11}", "{name: xen01, address: 127.0.1.11, master: true}")
    assert "more than one host is marked as the master" in complaint(text)


def test_bad_yaml_is_one_sentence_with_file_and_line() -> None:
    assert complaint("pools:\n  - [\n").startswith("lab.yml:3: not YAML")
    assert complaint("just text") == "lab.yml:1: an estate is a mapping with at least 'pools'. Write one."


def test_unknown_duration_is_named() -> None:
    assert complaint(SMALL + "durations: {boot: 100, boots: 1}\n").startswith(
        "lab.yml:12: durations.boots: no such duration"
    )


def test_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(EstateError, match="cannot be read"):
        load(tmp_path / "none.yml")


def test_fault_in_the_file_is_checked_too() -> None:
    assert "needs a host" in complaint(SMALL + "faults: [{kind: crash}]\n")


def test_settings_of_cloudstack_are_text() -> None:
    text = (
        SMALL + "cloudstack: {address: 127.0.1.10, settings: {ping.interval: 60, set.host.down.to.maintenance: true}}\n"
    )
    cloudstack = parse(text).cloudstack
    assert cloudstack is not None
    assert cloudstack.settings == {"ping.interval": "60", "set.host.down.to.maintenance": "true"}
