# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judge: the CloudStack driver of apache-libcloud, unchanged, over TLS (``cloudstack.md`` 4.10)."""

from __future__ import annotations

import importlib
import typing as t

import pytest
from judges import fetch
from served_cloud import ADDRESS, KEY, SECRET, ServedCloud, served_cloud


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ServedCloud]:
    with served_cloud(tmp_path_factory.mktemp("libcloud")) as served:
        yield served


@pytest.fixture(scope="module")
def driver(cloud: ServedCloud) -> t.Iterator[t.Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(fetch.python_package("apache-libcloud")))
        patch.setattr(importlib.import_module("libcloud.security"), "CA_CERTS_PATH", cloud.ca)
        drivers = importlib.import_module("libcloud.compute.drivers.cloudstack")
        place = {"host": ADDRESS, "port": cloud.port, "path": "/client/api", "secure": True}
        yield drivers.CloudStackNodeDriver(KEY, SECRET, **place)


def node(driver: t.Any, name: str) -> t.Any:
    return next(n for n in driver.list_nodes() if n.name == name)


def test_it_lists_what_there_is(driver: t.Any) -> None:
    assert [location.name for location in driver.list_locations()] == ["zone1"]
    assert sorted(n.name for n in driver.list_nodes()) == ["batch", "idle", "web-1", "web-2"]
    assert [image.name for image in driver.list_images()] == ["base"]
    assert driver.list_sizes()
    assert driver.list_volumes()
    assert driver.ex_list_networks()


def test_it_stops_and_starts_a_node_and_waits_for_the_job(driver: t.Any) -> None:
    assert driver.ex_stop(node(driver, "batch")) == "Stopped"
    assert driver.ex_start(node(driver, "batch")) == "Running"


def test_it_reboots_a_node(driver: t.Any) -> None:
    assert driver.reboot_node(node(driver, "batch"))


def test_a_refusal_is_an_exception_with_its_text(driver: t.Any) -> None:
    idle = node(driver, "idle")
    with pytest.raises(Exception, match="Unable to reboot"):
        driver.reboot_node(idle)


def test_it_makes_and_removes_affinity_groups(driver: t.Any) -> None:
    kinds = driver.ex_list_affinity_group_types()
    group = driver.ex_create_affinity_group("spread", kinds[0])
    assert "spread" in [g.name for g in driver.ex_list_affinity_groups()]
    assert driver.ex_delete_affinity_group(group)
