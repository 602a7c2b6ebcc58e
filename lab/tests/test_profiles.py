# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Products: what each release knows, and the rules that changed (``xapi.md`` 1.2, 1.10, 6.1, 11)."""

from __future__ import annotations

import pytest
from running_world import Lab

from xencloud_lab.xapi.model import load
from xencloud_lab.xapi.profiles import PROFILES

API = {
    "xenserver-6.0": "1.9",
    "xenserver-6.1": "1.10",
    "xenserver-6.2": "2.0",
    "xenserver-6.5": "2.3",
    "xenserver-7.0": "2.5",
    "xenserver-7.1": "2.6",
    "xenserver-7.2": "2.7",
    "xenserver-7.6": "2.11",
    "citrix-hypervisor-8.0": "2.12",
    "citrix-hypervisor-8.1": "2.14",
    "citrix-hypervisor-8.2": "2.15",
    "xcp-ng-8.2": "2.15",
    "xcp-ng-8.3": "2.21",
    "xenserver-8": "2.21",
    "xcp-ng-next": "2.23",
}
ONE_BY_ONE = [name for name in API if name not in ("xcp-ng-8.3", "xenserver-8", "xcp-ng-next")]


@pytest.mark.parametrize("product", PROFILES)
def test_a_pool_shows_its_api_version_and_exactly_the_fields_of_its_release_xapi_1_10_and_11(product: str) -> None:
    lab = Lab(product=product, updates=[])
    model, release = load(), PROFILES[product].release
    for cls in ("host", "pool", "VM", "SR", "PBD", "host_metrics"):
        expected = {name for name, f in model.classes[cls].fields.items() if model.has(release, f.since, None)}
        records = lab.ask(f"{cls}.get_all_records")
        assert records
        assert all(set(record) == expected for record in records.values())
    host = lab.ask("host.get_record", lab.host("xen1"))
    assert f"{host['API_version_major']}.{host['API_version_minor']}" == API[product]
    assert host["software_version"]["product_version"].startswith(product.rpartition("-")[2].replace("next", "8"))


@pytest.mark.parametrize("product", PROFILES)
def test_a_pool_of_every_product_does_its_daily_work(product: str) -> None:
    lab = Lab(product=product, updates=[])
    lab.enable_ha()
    lab.ask("pool.disable_ha")
    lab.ask("host.disable", lab.host("xen2"))
    lab.ask("host.evacuate", lab.host("xen2"))
    lab.ask("host.reboot", lab.host("xen2"))
    lab.run(600)
    assert lab.enabled("xen2")
    assert lab.world.book.totals()["lost"] == 0


def test_messages_of_a_later_release_are_unknown_xapi_1_2() -> None:
    old = Lab(product="xenserver-7.0", updates=[])
    assert old.refusal("Repository.get_all") == ["MESSAGE_METHOD_UNKNOWN", "Repository.get_all"]
    assert old.refusal("pool_update.get_all") == ["MESSAGE_METHOD_UNKNOWN", "pool_update.get_all"]
    methods = old.start_raw("system.listMethods")
    assert "pool_patch.pool_apply" in methods
    assert not [name for name in methods if name.startswith(("Repository.", "pool_update.", "Certificate."))]


def test_messages_that_have_gone_say_so_xapi_6_4() -> None:
    lab = Lab(product="xenserver-8")
    assert lab.refusal("host.apply_recommended_guidances", lab.host("xen1")) == ["MESSAGE_REMOVED"]
    old = Lab(product="xcp-ng-8.2")
    method = "host.apply_recommended_guidances"
    assert old.refusal(method, old.host("xen1")) == ["MESSAGE_METHOD_UNKNOWN", method]


@pytest.mark.parametrize(
    ("product", "method", "surplus"),
    [
        ("xcp-ng-8.2", "host.evacuate", "OpaqueRef:NULL"),
        ("xcp-ng-8.3", "host.disable", False),
        ("xenserver-6.5", "host.evacuate", "OpaqueRef:NULL"),
    ],
)
def test_parameters_of_a_later_release_are_an_arity_error_xapi_1_2(product: str, method: str, surplus: object) -> None:
    lab = Lab(product=product)
    mismatch = ["MESSAGE_PARAMETER_COUNT_MISMATCH", method, "1", "2"]
    assert lab.refusal(method, lab.host("xen2"), surplus) == mismatch
    lab.ask(method, lab.host("xen2"))


def test_a_newer_release_takes_the_same_parameters_xapi_1_2() -> None:
    lab = Lab(product="xenserver-8")
    lab.ask("host.disable", lab.host("xen2"), False)
    assert not lab.machine("xen2").toolstack.auto_enable


@pytest.mark.parametrize("product", ONE_BY_ONE)
def test_up_to_8_2_hosts_are_evacuated_one_by_one_xapi_5_4(product: str) -> None:
    assert PROFILES[product].batch_evacuation == 1


@pytest.mark.parametrize("product", ["xenserver-6.0", "xenserver-6.1"])
def test_the_free_edition_had_no_ha_before_6_2_xapi_2_2(product: str) -> None:
    free = Lab(product=product, edition="free", updates=[])
    sr = free.ref("SR", "nfs1")
    assert free.refusal("pool.enable_ha", [sr], {}) == ["LICENCE_RESTRICTION", "XHA"]
    Lab(product=product, updates=[]).enable_ha()
    Lab(product="xenserver-6.2", edition="free", updates=[]).enable_ha()


def test_up_to_8_1_a_pool_tracks_ha_and_clustering_only_xapi_2_2() -> None:
    assert Lab(product="citrix-hypervisor-8.1").pool_row()["allowed_operations"] == ["ha_enable", "cluster_create"]
    assert Lab(product="xenserver-6.5").pool_row()["allowed_operations"] == ["ha_enable"]
    now = set(Lab(product="xenserver-8").pool_row()["allowed_operations"])
    assert {"designate_new_master", "sync_updates", "apply_updates", "get_updates"} <= now


def test_old_hosts_do_not_know_the_operations_of_updates_xapi_5_8() -> None:
    operations = set(Lab(product="xenserver-7.0", updates=[]).host_row("xen1")["allowed_operations"])
    assert not operations & {"apply_updates", "enable"}


@pytest.mark.parametrize(
    ("product", "code"),
    [("xcp-ng-8.3", "HOST_NOT_ENOUGH_FREE_MEMORY"), ("xcp-ng-next", "HOST_EVACUATE_VM_NOT_HA_PROTECTED")],
)
def test_the_code_of_unprotected_vms_in_an_evacuation_changed_in_2026_xapi_5_4(product: str, code: str) -> None:
    lab = Lab(product=product)
    lab.enable_ha()
    found = lab.ask("host.get_vms_which_prevent_evacuation", lab.host("xen2"))
    assert [reason[0] for reason in found.values()] == [code]


@pytest.mark.parametrize("product", ["xenserver-6.0", "xenserver-7.1"])
def test_events_are_about_classes_of_the_release_only_xapi_11(product: str) -> None:
    lab, model = Lab(product=product, updates=[]), load()
    release = PROFILES[product].release
    later = {name.lower() for name, cls in model.classes.items() if not model.has(release, cls.since, None)}
    picture = lab.ask("event.from", ["*"], "", 1.0)
    assert {"host", "pool", "vm"} <= {event["class"] for event in picture["events"]}
    assert not later & {event["class"] for event in picture["events"]}
    assert not later & set(picture["valid_ref_counts"])
