# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory of a rehearsal: every pool of the estate, with its own password."""

from __future__ import annotations

from pathlib import Path

import pytest

from door.inventory import inventory, main
from xencloud_lab import estate_file

ESTATE = """
cloudstack: {address: 127.0.1.10, api_key: a-key, api_secret: a-secret}
pools:
  - name: pool-a
    password: one
    cluster: {name: cluster-a}
    hosts: [{name: xen, count: 2, address: 127.0.1.11}]
  - name: newcomer
    password: two
    hosts: [{name: new, address: 127.0.1.21}]
"""
READY = {
    "ca": "/lab/ca.pem",
    "port": 8443,
    "cloudstack": "127.0.1.10",
    "hosts": {"xen-1": "127.0.1.11", "xen-2": "127.0.1.12", "new": "127.0.1.21"},
}


def test_a_pool_is_a_host_and_one_without_a_cluster_is_in_no_playbooks_way() -> None:
    made = inventory(estate_file.parse(ESTATE), READY)
    pool, newcomer = made["xencloud_pools"]["hosts"]["pool-a"], made["without_cluster"]["hosts"]["newcomer"]
    assert list(made["xencloud_pools"]["hosts"]) == ["pool-a"]
    assert (pool["xapi_connection"]["hostname"], pool["xapi_connection"]["password"]) == ("127.0.1.12:8443", "one")
    assert newcomer["xapi_connection"]["password"] == "two"
    assert pool["cloudstack_connection"]["api_secret"] == "a-secret"


def test_a_lab_that_does_not_serve_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    estate = tmp_path / "estate.yml"
    estate.write_text(ESTATE)
    assert main([str(estate), "--state", str(tmp_path)]) == 1
    assert "Is the lab serving?" in capsys.readouterr().err
