# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a join needs of both sides (xapi.md 4.1), and what a new member lacks."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import Host, Pool, Sr
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.joining import (
    Side,
    cannot_enter,
    cannot_look,
    join_findings,
    member_elsewhere,
    missing_networks,
    missing_storage,
)

SOFTWARE = {"platform_version": "3.4.0", "product_brand": "XCP-ng", "product_version": "8.3.0", "xapi_build": "25.6"}
POOL = Side("pool-a", "192.0.2.11", "uuid-a", hosts=3, software=SOFTWARE, cpu_vendor="GenuineIntel")
NEW = Side("xen05", "192.0.2.15", "uuid-5", software=SOFTWARE, cpu_vendor="GenuineIntel")


def codes(pool: Side = POOL, *joiners: Side, force: bool = False, ha_will_be_off: bool = False) -> list[str]:
    return [each.code for each in join_findings(pool, joiners, force=force, ha_will_be_off=ha_will_be_off)]


def test_a_fresh_host_may_join_its_like() -> None:
    assert codes(POOL, NEW) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"hosts": 2}, "joiner_leads_others"),
        ({"ha": True}, "joiner_ha_on"),
        ({"clustered": True}, "joiner_clustered"),
        ({"licence": {"restrict_pooling": "true"}}, "joiner_licence"),
        ({"busy": ("apply_updates",)}, "joiner_busy"),
        ({"guidance": ("xen05",)}, "join_guidance"),
        ({"running": ("guest",)}, "joiner_running_vms"),
        ({"suspended": ("guest",)}, "joiner_suspended_vms"),
        ({"in_motion": ("guest",)}, "joiner_busy_vms"),
        ({"shared_srs": ("own",)}, "joiner_shared_srs"),
        ({"extras": {"Bond": 1}}, "joiner_network"),
        ({"extras": {"VLAN": 2}}, "joiner_network"),
        ({"extras": {"tunnel": 1}}, "joiner_network"),
        ({"extras": {"network_sriov": 1}}, "joiner_network"),
        ({"software": {**SOFTWARE, "platform_version": "3.2.0"}}, "joiner_version"),
        ({"software": {**SOFTWARE, "xapi_build": "26.1"}}, "joiner_version"),
        ({"api_version": "2.20"}, "joiner_version"),
        ({"db_schema": "5.700"}, "joiner_version"),
        ({"cpu_vendor": "AuthenticAMD"}, "joiner_differs"),
        ({"external_auth": "AD"}, "joiner_differs"),
        ({"tls_verification": True}, "joiner_differs"),
        ({"network_backend": "bridge"}, "joiner_differs"),
        ({"management_vlan": "7"}, "joiner_differs"),
        ({"address_type": "IPv6"}, "joiner_differs"),
        ({"sdn_controllers": ("ssl:192.0.2.99:6632",)}, "joiner_differs"),
        ({"patches": frozenset({"XS65E001"})}, "joiner_updates"),
        ({"updates": frozenset({"XS71E001"})}, "joiner_updates"),
    ],
)
def test_each_refusal_of_xapi_is_foreseen(change: dict[str, t.Any], code: str) -> None:
    assert codes(POOL, replace(NEW, **change)) == [code]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ha": True}, "join_ha_on"),
        ({"busy": ("designate_new_master",)}, "join_pool_busy"),
        ({"guidance": ("xen02",)}, "join_guidance"),
        ({"licence": {"restrict_pool_size": "true"}}, "join_pool_size"),
    ],
)
def test_the_pool_has_its_own_reasons(change: dict[str, t.Any], code: str) -> None:
    assert codes(replace(POOL, **change), NEW) == [code]


def test_a_card_that_all_others_have_is_only_advised() -> None:
    pool, same = replace(POOL, cards={"eth0": "management", "eth1": "storage"}), {"eth0": "a", "eth1": "b", "eth2": "c"}
    assert codes(pool, replace(NEW, cards=same)) == []
    (found,) = join_findings(pool, [replace(NEW, cards={"eth0": "a"})], force=False, ha_will_be_off=False)
    assert (found.code, found.severity) == ("joiner_cards", "warning")
    assert "no network card eth1, and every host of the pool has storage there" in found.text


def test_everything_of_every_joiner_comes_at_once() -> None:
    pool = replace(POOL, ha=True)
    six = replace(NEW, name="xen06", running=("a", "b"), shared_srs=("own",))
    assert codes(pool, replace(NEW, ha=True), six) == [
        "join_ha_on",
        "joiner_ha_on",
        "joiner_running_vms",
        "joiner_shared_srs",
    ]


def test_ha_that_will_be_off_is_no_obstacle() -> None:
    assert codes(replace(POOL, ha=True), NEW, ha_will_be_off=True) == []


def test_force_forgives_other_software_and_processors_and_never_another_platform() -> None:
    other = replace(NEW, software={**SOFTWARE, "xapi_build": "26.1"}, cpu_vendor="AuthenticAMD")
    assert codes(POOL, other, force=True) == []
    assert codes(POOL, replace(NEW, software={**SOFTWARE, "product_brand": "XenServer"}), force=True) == [
        "joiner_version"
    ]


def test_force_forgives_old_hotfixes_and_no_update_that_every_host_must_have() -> None:
    pool = replace(POOL, patches=frozenset({"XS65E001"}), updates=frozenset({"XS71E001"}))
    assert codes(pool, NEW) == ["joiner_updates", "joiner_updates"]
    assert codes(pool, NEW, force=True) == ["joiner_updates"]


def test_a_restricted_licence_counts_all_joiners() -> None:
    pool = replace(POOL, hosts=2, licence={"restrict_pool_size": "true"})
    assert codes(pool, NEW) == []
    assert codes(pool, NEW, replace(NEW, name="xen06")) == ["join_pool_size"]


def test_a_host_that_cannot_be_seen_is_a_sentence() -> None:
    assert cannot_look("192.0.2.15", "192.0.2.15: the password is wrong. Correct it.").sentence == (
        "192.0.2.15: the password is wrong. Correct it."
    )
    other = cannot_look("192.0.2.15", "192.0.2.14: gone.")
    assert other.sentence.startswith("192.0.2.15: 192.0.2.14: gone. Check")
    assert "master is 192.0.2.18" in member_elsewhere("192.0.2.19", "192.0.2.18").sentence


def test_a_newcomer_that_does_not_let_us_in_is_told_by_the_names_of_its_own_password() -> None:
    sentence = cannot_enter("192.0.2.15").sentence
    assert sentence.startswith("192.0.2.15: the user name or the password of this newcomer is wrong")
    assert "joiner_username and joiner_password (role add_host: add_host_username, add_host_password)" in sentence


def _pool(*srs: Sr) -> Pool:
    hosts = tuple(Host(ref=name, uuid=f"uuid-{name}", name=name, address="") for name in ("a", "b", "new"))
    return Pool(ref="p", uuid="u", name="pool", master="a", hosts=hosts, srs=srs)


def test_a_new_member_lacks_the_shared_storage_that_another_host_has_plugged() -> None:
    pool = _pool(
        Sr("nfs", "1", "nfs", shared=True, plugged_on=("a", "b")),
        Sr("there", "2", "there", shared=True, plugged_on=("a", "b", "new")),
        Sr("nobody", "3", "nobody", shared=True),
        Sr("local", "4", "local", plugged_on=("a",)),
    )
    assert missing_storage(pool, "uuid-new") == ["nfs"]
    assert missing_storage(pool, "uuid-a") == []


def test_a_network_is_missing_when_all_others_have_an_interface_on_it() -> None:
    pairs = [("net0", "a"), ("net0", "b"), ("net0", "new"), ("net1", "a"), ("net1", "b"), ("odd", "a")]
    pifs = {f"pif{number}": {"network": network, "host": host} for number, (network, host) in enumerate(pairs)}
    assert missing_networks(pifs, "new") == ["net1"]
    assert missing_networks(pifs, "a") == []
