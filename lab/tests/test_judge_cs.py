# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judge: the ``cs`` client of PyPI, unchanged, over TLS (``cloudstack.md`` 4.8)."""

from __future__ import annotations

import typing as t

import pytest
from cs import CloudStack, CloudStackApiException
from served_cloud import KEY, PASSWORD, SECRET, ServedCloud, served_cloud

LIMIT_WORLD_S = 3600


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ServedCloud]:
    with served_cloud(tmp_path_factory.mktemp("cs")) as served:
        yield served


@pytest.fixture(params=["get", "post"])
def cs(cloud: ServedCloud, request: pytest.FixtureRequest) -> CloudStack:
    settings: dict[str, t.Any] = {"timeout": 60, "verify": cloud.ca, "poll_interval": 0.05, "job_timeout": 60}
    return CloudStack(endpoint=cloud.endpoint, key=KEY, secret=SECRET, method=request.param, **settings)


def named(cs: CloudStack, command: str, name: str, **filters: t.Any) -> dict[str, t.Any]:
    rows = getattr(cs, command)(fetch_list=True, **filters)
    return next(row for row in rows if row["name"] == name)


def until(cloud: ServedCloud, look: t.Callable[[], bool]) -> None:
    """Let world time pass until this is so."""
    for _tick in range(LIMIT_WORLD_S // 30):
        if look():
            return
        cloud.advance(30)
    raise AssertionError("it has not come true")


def test_lists_come_in_pages_and_empty_ones_are_empty(cs: CloudStack) -> None:
    assert sorted(h["name"] for h in cs.listHosts(type="Routing", fetch_list=True)) == ["xen01", "xen02", "xen03"]
    assert len(cs.listVirtualMachines(listall=True, fetch_list=True, pagesize=2)) == 4
    assert cs.listHosts(name="nobody", fetch_list=True) == []
    assert cs.listCapabilities()["capability"]["cloudstackversion"] == "4.22.0.0"


def test_a_migration_is_waited_for(cs: CloudStack) -> None:
    vm = named(cs, "listVirtualMachines", "batch", listall=True)
    target = next(h for h in cs.listHosts(type="Routing", fetch_list=True) if h["id"] != vm["hostid"])
    done = cs.migrateVirtualMachine(virtualmachineid=vm["id"], hostid=target["id"], fetch_result=True)
    assert done["virtualmachine"]["hostid"] == target["id"]


def test_a_job_that_fails_is_an_exception_with_its_text(cs: CloudStack) -> None:
    vm = named(cs, "listVirtualMachines", "batch", listall=True)
    with pytest.raises(CloudStackApiException) as caught:
        cs.migrateVirtualMachine(virtualmachineid=vm["id"], hostid=vm["hostid"], fetch_result=True)
    assert caught.value.error["errorcode"] == 431
    assert "already present on this host" in caught.value.error["errortext"]


def test_a_refusal_carries_code_and_text(cs: CloudStack) -> None:
    with pytest.raises(CloudStackApiException) as caught:
        cs.prepareHostForMaintenance(id="no-uuid")
    assert caught.value.error["errorcode"] == 431
    assert "entity does not exist" in caught.value.error["errortext"]


def test_wrong_keys_are_a_401(cloud: ServedCloud) -> None:
    stranger = CloudStack(endpoint=cloud.endpoint, key="stranger", secret="none", verify=cloud.ca)
    with pytest.raises(CloudStackApiException) as caught:
        stranger.listHosts()
    assert caught.value.error["errorcode"] == 401


def test_a_maintenance_cycle(cloud: ServedCloud, cs: CloudStack) -> None:
    host = named(cs, "listHosts", "xen02")
    prepared = cs.prepareHostForMaintenance(id=host["id"], fetch_result=True)
    assert prepared["host"]["resourcestate"] in ("PrepareForMaintenance", "Maintenance")
    until(cloud, lambda: named(cs, "listHosts", "xen02")["resourcestate"] == "Maintenance")
    assert cs.listVirtualMachines(hostid=host["id"], listall=True, fetch_list=True) == []
    cancelled = cs.cancelHostMaintenance(id=host["id"], fetch_result=True)
    assert cancelled["host"]["resourcestate"] == "Enabled"


def test_unmanaged_and_managed(cloud: ServedCloud, cs: CloudStack) -> None:
    cluster = cs.listClusters(fetch_list=True)[0]
    assert cs.updateCluster(id=cluster["id"], managedstate="Unmanaged")["cluster"]["managedstate"] == "Unmanaged"
    assert {h["state"] for h in cs.listHosts(type="Routing", fetch_list=True)} == {"Disconnected"}
    cs.updateCluster(id=cluster["id"], managedstate="Managed")
    until(cloud, lambda: {h["state"] for h in cs.listHosts(type="Routing", fetch_list=True)} == {"Up"})


def test_a_host_leaves_and_comes_back(cloud: ServedCloud, cs: CloudStack) -> None:
    host = named(cs, "listHosts", "xen01")
    cs.prepareHostForMaintenance(id=host["id"], fetch_result=True)
    until(cloud, lambda: named(cs, "listHosts", "xen01")["resourcestate"] == "Maintenance")
    assert cs.deleteHost(id=host["id"]) == {"success": True}
    where = {key: host[key] for key in ("zoneid", "podid", "clusterid")}
    login = {"url": f"http://{host['ipaddress']}", "hypervisor": "XenServer", "username": "root", "password": PASSWORD}
    added = cs.addHost(**where, **login)
    assert [h["name"] for h in added["host"]] == ["xen01"]
    assert named(cs, "listHosts", "xen01")["state"] == "Up"


def test_without_keys_it_uses_the_integration_port(cloud: ServedCloud) -> None:
    assert CloudStack(endpoint=cloud.integration).listZones()["zone"][0]["name"] == "zone1"
