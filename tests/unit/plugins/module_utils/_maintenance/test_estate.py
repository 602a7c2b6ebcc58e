# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import HaState
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.lookup import (
    find_host,
    find_sr,
    find_vm,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.views import ha_view, pool_view
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.pools import (
    VERSION,
    ha_on,
    host,
    pool,
    vm,
    with_host,
)


@pytest.mark.parametrize("text", ["xen02", "192.0.2.12", "uuid-h2"])
def test_a_host_goes_by_name_address_or_uuid(text: str) -> None:
    assert find_host(pool(), text).ref == "h2"


def test_an_unknown_host_is_answered_with_those_that_exist() -> None:
    with pytest.raises(MaintenanceError) as caught:
        find_host(pool(), "xen09")
    assert caught.value.message == "xen09: pool pool-a has no such host. It has xen01, xen02, xen03."


def test_what_has_left_the_pool_since_is_a_sentence() -> None:
    with pytest.raises(MaintenanceError, match="a host that was there a moment ago is gone"):
        pool().host("h9")
    with pytest.raises(MaintenanceError, match="a storage that was there a moment ago is gone"):
        pool().sr("s9")


def test_a_name_that_two_things_have_is_answered_with_their_uuids() -> None:
    twins = pool(vms=(vm("web", "h1"), replace(vm("web", "h2"), ref="other", uuid="uuid-other")))
    with pytest.raises(MaintenanceError, match="Give its uuid: uuid-other, uuid-web"):
        find_vm(twins, "web")
    assert find_vm(twins, "uuid-other").host == "h2"


def test_control_domains_are_not_vms_to_move() -> None:
    dom0 = pool(vms=(replace(vm("dom0", "h1"), is_control_domain=True),))
    with pytest.raises(MaintenanceError, match="no such VM"):
        find_vm(dom0, "dom0")


def test_storage_goes_by_name_or_uuid() -> None:
    assert find_sr(pool(), "nfs1") == find_sr(pool(), "uuid-nfs")


def test_hosts_of_another_version_make_a_mixed_pool() -> None:
    assert not pool().rolling_upgrade
    assert with_host(pool(), "h2", software_version={**VERSION, "xapi": "26.1"}).rolling_upgrade
    assert not with_host(pool(), "h2", software_version={**VERSION, "xen": "4.17.6"}).rolling_upgrade
    assert pool(other_config={"rolling_upgrade_in_progress": "true"}).rolling_upgrade


def test_a_pool_without_a_name_is_called_after_its_master() -> None:
    assert pool(name="").label == "xen01"


def test_a_host_is_armed_only_while_ha_is_on() -> None:
    on = ha_on(pool())
    off = replace(on, ha=replace(on.ha, enabled=False))
    assert on.armed(on.host("h1"))
    assert not off.armed(off.host("h1"))


def test_a_restart_is_due_when_packages_are_newer_than_the_boot() -> None:
    assert replace(host(1), patched_at=1001.0).reboot_required
    assert not replace(host(1), patched_at=999.0).reboot_required
    assert not host(1).reboot_required


@pytest.mark.parametrize(
    ("configuration", "expected"), [({}, None), ({"timeout": "90"}, 90), ({"timeout": "abc"}, None)]
)
def test_the_timeout_is_a_number_only_when_it_is_one(configuration: dict[str, str], expected: int | None) -> None:
    assert ha_view(HaState(configuration=configuration))["timeout"] == expected


def test_the_view_of_a_pool_names_hosts_and_hides_references() -> None:
    view = pool_view(pool())
    assert view["master"] == {"name": "xen01", "uuid": "uuid-h1", "address": "192.0.2.11"}
    assert [h["vms"] for h in view["hosts"]] == [["web-01"], ["web-02"], []]
    assert [v["host"] for v in view["vms"]] == ["xen01", "xen02"]
    assert view["mixed_versions"] is False
