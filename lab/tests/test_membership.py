# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who belongs to a pool: join, eject, destroy, declare_dead (``xapi.md`` 4; ``join_*``, ``membership_*``)."""

from __future__ import annotations

import typing as t

import pytest
from running_world import PASSWORD, Lab

from xencloud_lab.xapi.errors import Unreachable, XapiError

MASTER_ADDRESS = "127.0.1.11"
HOSTS = ("xen1", "xen2", "xen3")


def _alone(name: str, address: str, **more: t.Any) -> dict[str, t.Any]:
    """A pool of one host, as an installer leaves it."""
    host = {"name": name, "address": address, "memory_gib": 16, "dom0_gib": 1}
    local = {"name": f"own-{name}", "type": "ext", "shared": False}
    return {"name": name, "password": PASSWORD, "hosts": [host], "storage": [local], **more}


class Newcomer:
    """A pool of three and a host of its own."""

    def __init__(self, **more: t.Any) -> None:
        self.lab = Lab(_alone("new1", "127.0.1.21", **more))

    def ask(self, method: str, *params: t.Any) -> t.Any:
        """A call on the newcomer, which is its own master."""
        session = self.lab.login("new1")
        return self.lab.wait(self.lab.start_raw(method, session, *params, on="new1"))

    def refusal(self, *params: t.Any, method: str = "pool.join") -> list[str]:
        with pytest.raises(XapiError) as caught:
            self.ask(method, *params)
        return caught.value.description

    @property
    def db(self) -> t.Any:
        return self.lab.machine("new1").toolstack.db


@pytest.fixture
def new() -> Newcomer:
    return Newcomer()


# join -------------------------------------------------------------------------------------


def test_a_join_answers_soon_the_host_is_listed_at_once_and_lives_later_observed(new: Newcomer) -> None:
    uuid = new.lab.machine("new1").uuid
    old_ref = new.db.find("host", uuid=uuid)[0]
    new.ask("pool.join", MASTER_ADDRESS, "root", PASSWORD)
    lab = new.lab
    assert (lab.live("new1"), lab.enabled("new1")) == (False, False)
    assert lab.login("new1")
    lab.run(7)
    assert lab.live("new1")
    lab.run(3.5)
    with pytest.raises(Unreachable):
        lab.login("new1")
    lab.run(22)
    assert lab.start_refusal("new1") == ["HOST_IS_SLAVE", MASTER_ADDRESS]
    lab.run(30)
    assert lab.enabled("new1")
    assert lab.host_row("new1")["uuid"] == uuid
    assert lab.host("new1") != old_ref


def test_a_joined_host_brings_its_storage_and_gets_the_pools_xapi_4_1(new: Newcomer) -> None:
    lab = new.lab
    new.ask("pool.join", MASTER_ADDRESS, "root", PASSWORD)
    lab.run(90)
    pbds = [lab.db.row("PBD", ref) for ref in lab.db.related("host", lab.host("new1"), "PBDs")]
    names = {lab.db.row("SR", row["SR"])["name_label"] for row in pbds}
    assert names == {"own-new1-new1", "nfs1", "iso1"}
    assert all(row["currently_attached"] for row in pbds)
    assert "new1" not in lab.world.pools
    assert [m.name for m in lab.world.pools["pool"].machines] == [*HOSTS, "new1"]
    lab.ask("VM.pool_migrate", lab.vm("web1"), lab.host("new1"), {})
    assert lab.runs_on("web1") == ["new1"]
    lab.enable_ha()
    assert lab.host_row("new1")["ha_statefiles"]


def test_a_join_that_the_master_forgets_leaves_a_member_without_pool_that_can_lead_itself_again_xapi_3_2(
    new: Newcomer,
) -> None:
    lab = new.lab
    new.ask("pool.join", MASTER_ADDRESS, "root", PASSWORD)
    lab.machine("xen1").power_cut()
    lab.machine("xen1").boot()
    lab.until(lambda: lab.master() == "xen1")
    assert not lab.db.find("host", uuid=lab.machine("new1").uuid)
    # As often as every listed member gets a copy, and more.
    lab.run(3000)
    lab.ask("pool.sync_database")
    lab.until(lambda: lab.machine("new1").answers())
    assert lab.start_refusal("new1") == ["HOST_UNKNOWN_TO_MASTER", lab.machine("new1").uuid]
    session = lab.wait(lab.start_raw("session.slave_local_login_with_password", "root", PASSWORD, on="new1"))
    lab.wait(lab.start_raw("pool.emergency_transition_to_master", session, on="new1"))
    lab.run(120)
    assert lab.machine("new1").toolstack.serves_as_master
    assert lab.world.pools["new1"].machines == [lab.machine("new1")]
    new.ask("pool.join", MASTER_ADDRESS, "root", PASSWORD)
    lab.run(90)
    assert lab.live("new1")
    assert lab.enabled("new1")
    assert lab.world.book.pools["pool"].most_masters == 1


def test_a_joined_host_can_lead_the_pool_xapi_3_1(new: Newcomer) -> None:
    new.ask("pool.join", MASTER_ADDRESS, "root", PASSWORD)
    new.lab.run(90)
    new.lab.ask("pool.designate_new_master", new.lab.host("new1"))
    new.lab.run(90)
    assert new.lab.master() == "new1"
    assert all(new.lab.live(name) and new.lab.enabled(name) for name in (*HOSTS, "new1"))


def test_refusals_of_a_join_before_its_login_observed(new: Newcomer) -> None:
    nobody, member = "127.0.1.99", "127.0.1.12"
    assert new.refusal("127.0.1.21", "root", PASSWORD) == [
        "OPERATION_NOT_ALLOWED",
        "Host cannot become slave of itself",
    ]
    wrong = ["SESSION_AUTHENTICATION_FAILED", "root", "Authentication failure"]
    assert new.refusal(MASTER_ADDRESS, "root", "wrong") == wrong
    assert new.refusal(nobody, "root", PASSWORD) == ["INTERNAL_ERROR", "Connection failed: no route to host."]
    assert new.refusal("no-such-name.invalid", "root", PASSWORD) == ["JOINING_HOST_CONNECTION_FAILED"]
    assert new.refusal(member, "root", "wrong") == ["HOST_IS_SLAVE", MASTER_ADDRESS]
    assert new.refusal(MASTER_ADDRESS, "root") == ["MESSAGE_PARAMETER_COUNT_MISMATCH", "pool.join", "3", "2"]


def test_a_pool_or_host_with_ha_lets_nobody_join_observed(new: Newcomer) -> None:
    new.lab.enable_ha()
    for method in ("pool.join", "pool.join_force"):
        assert new.refusal(MASTER_ADDRESS, "root", PASSWORD, method=method) == ["HA_IS_ENABLED"]


def test_a_joiner_must_not_own_a_shared_sr_observed() -> None:
    new = Newcomer(storage=[{"name": "own", "type": "nfs", "shared": True}])
    for method in ("pool.join", "pool.join_force"):
        assert new.refusal(MASTER_ADDRESS, "root", PASSWORD, method=method) == [
            "JOINING_HOST_CANNOT_CONTAIN_SHARED_SRS"
        ]


def test_the_storage_of_the_guest_tools_is_shared_and_joins_along() -> None:
    new = Newcomer(storage=[{"name": "tools", "type": "nfs", "shared": True}])
    new.db.set("SR", next(iter(new.db.rows("SR"))), is_tools_sr=True)
    assert new.ask("pool.join", MASTER_ADDRESS, "root", PASSWORD) is None


def test_a_joiner_must_not_run_guests_nor_lead_other_hosts_observed() -> None:
    new = Newcomer(vms=[{"name": "j1", "memory_gib": 1}])
    assert new.refusal(MASTER_ADDRESS, "root", PASSWORD) == ["JOINING_HOST_CANNOT_HAVE_RUNNING_VMS"]
    refusal = new.lab.refusal("pool.join", "127.0.1.21", "root", PASSWORD)
    assert refusal == ["JOINING_HOST_CANNOT_BE_MASTER_OF_OTHER_HOSTS"]


@pytest.mark.parametrize("method", ["pool.join", "pool.join_force"])
def test_a_joiner_has_the_pools_sdn_controller_xapi_4_1(method: str) -> None:
    new = Newcomer()
    new.db.create("SDN_controller", protocol="ssl", address="192.0.2.99", port=6632)
    refusal = new.refusal(MASTER_ADDRESS, "root", PASSWORD, method=method)
    assert refusal == ["OPERATION_NOT_ALLOWED", "SDN controller differs"]


@pytest.mark.parametrize("method", ["pool.join", "pool.join_force"])
def test_a_joiner_has_the_pools_kind_of_addresses_xapi_4_1(method: str) -> None:
    new = Newcomer()
    new.db.set("PIF", next(iter(new.db.rows("PIF"))), primary_address_type="IPv6")
    refusal = new.refusal(MASTER_ADDRESS, "root", PASSWORD, method=method)
    assert refusal == ["OPERATION_NOT_ALLOWED", "Primary address type differs"]


def test_join_force_forgives_other_software_and_never_another_platform_xapi_4_1() -> None:
    other = Newcomer(product="xenserver-8")
    for method in ("pool.join", "pool.join_force"):
        assert other.refusal(MASTER_ADDRESS, "root", PASSWORD, method=method) == ["POOL_HOSTS_NOT_COMPATIBLE"]
    new = Newcomer()
    host = next(iter(new.db.rows("host")))
    newer = {**new.db.row("host", host)["software_version"], "xapi_build": "99.1"}
    new.db.set("host", host, software_version=newer)
    refusal = new.refusal(MASTER_ADDRESS, "root", PASSWORD)
    assert refusal == ["POOL_HOSTS_NOT_HOMOGENEOUS", "Software version differs"]
    assert new.ask("pool.join_force", MASTER_ADDRESS, "root", PASSWORD) is None


def test_a_second_join_during_the_fuse_is_accepted_and_doubles_interfaces_observed(new: Newcomer) -> None:
    new.ask("pool.join", MASTER_ADDRESS, "root", PASSWORD)
    new.ask("pool.join", MASTER_ADDRESS, "root", PASSWORD)
    new.lab.run(90)
    assert len(new.lab.db.related("host", new.lab.host("new1"), "PIFs")) == 2
    assert len(new.lab.db.find("host", name_label="new1")) == 1


def test_a_member_that_joins_again_is_told_of_its_pool_observed(new: Newcomer) -> None:
    new.ask("pool.join", MASTER_ADDRESS, "root", PASSWORD)
    lab = new.lab
    lab.run(90)
    local = lab.wait(lab.start_raw("session.slave_local_login_with_password", "root", PASSWORD, on="new1"))
    with pytest.raises(XapiError, match="JOINING_HOST_CANNOT_BE_MASTER_OF_OTHER_HOSTS"):
        lab.wait(lab.start_raw("pool.join", local, MASTER_ADDRESS, "root", PASSWORD, on="new1"))


# eject ------------------------------------------------------------------------------------


def test_refusals_of_an_eject_observed(lab: Lab) -> None:
    dead = ["HOST_OFFLINE", "OpaqueRef:nope"]
    assert lab.refusal("pool.eject", lab.host("xen2")) == ["OPERATION_NOT_ALLOWED", "VM resident on host"]
    assert lab.refusal("pool.eject", lab.host("xen1")) == ["INTERNAL_ERROR", "Xapi_pool.Cannot_eject_master"]
    assert lab.refusal("pool.eject", "OpaqueRef:nope") == dead
    lab.enable_ha()
    assert lab.refusal("pool.eject", lab.host("xen2")) == ["HA_IS_ENABLED"]


def test_an_eject_during_enable_ha_waits_and_is_then_refused_observed(lab: Lab) -> None:
    lab.start("pool.enable_ha", [lab.ref("SR", "nfs1")], {})
    ejecting = lab.start("pool.eject", lab.host("xen3"))
    lab.run(3)
    assert not ejecting.done
    with pytest.raises(XapiError, match="HA_IS_ENABLED"):
        lab.wait(ejecting)


def _eject_xen3(lab: Lab) -> None:
    lab.ask("VM.pool_migrate", lab.vm("db1"), lab.host("xen2"), {})
    lab.ask("host.disable", lab.host("xen3"))
    lab.ask("pool.eject", lab.host("xen3"))


def test_an_ejected_host_is_gone_at_once_with_its_local_storage_xapi_4_2(lab: Lab) -> None:
    before = lab.world.timeline.now
    _eject_xen3(lab)
    assert lab.world.timeline.now - before < 30
    assert not lab.db.find("host", name_label="xen3")
    assert not lab.db.find("SR", name_label="local-xen3")
    assert len(lab.db.rows("PBD")) == 6
    assert {row["host"] for row in lab.db.rows("PIF").values()} == set(lab.db.rows("host"))
    assert lab.pool_row()["current_operations"] == {}


def test_an_ejected_host_reboots_into_its_own_pool_same_host_uuid_new_pool_uuid_xapi_4_2(lab: Lab) -> None:
    uuid, pool_uuid = lab.machine("xen3").uuid, lab.pool_row()["uuid"]
    old_sr = lab.db.row("SR", lab.ref("SR", "local-xen3"))["uuid"]
    _eject_xen3(lab)
    lab.run(9)
    assert lab.start_refusal("xen3") == ["HOST_IS_SLAVE", MASTER_ADDRESS]
    lab.run(500)
    db = lab.machine("xen3").toolstack.db
    assert db is not None
    (host,), (pool,) = db.rows("host").values(), db.rows("pool").values()
    assert (host["uuid"], host["enabled"]) == (uuid, True)
    assert pool["uuid"] != pool_uuid
    assert {row["uuid"] for row in db.rows("SR").values()} != {old_sr}
    assert lab.login("xen3")
    assert [m.name for m in lab.world.pools["pool"].machines] == ["xen1", "xen2"]
    assert lab.world.book.hosts["xen3"].boots == 1


def test_an_ejected_host_can_come_back_xapi_4_1(lab: Lab) -> None:
    _eject_xen3(lab)
    lab.run(600)
    session = lab.login("xen3")
    lab.wait(lab.start_raw("pool.join", session, MASTER_ADDRESS, "root", PASSWORD, on="xen3"))
    lab.run(120)
    assert lab.live("xen3")
    assert lab.enabled("xen3")
    assert list(lab.world.pools) == ["pool"]


def test_a_master_that_loses_power_after_an_eject_lists_a_host_that_is_a_pool_of_its_own_xapi_3_4(lab: Lab) -> None:
    _eject_xen3(lab)
    lab.machine("xen1").power_cut()
    lab.machine("xen1").boot()
    lab.until(lambda: lab.master() == "xen1")
    lab.until(lambda: lab.machine("xen3").toolstack.serves_as_master)
    assert lab.machine("xen3").toolstack.pool is not lab.machine("xen1").toolstack.pool
    xen3 = lab.host("xen3")
    assert lab.live("xen3")
    for method in ("pool.eject", "host.enable", "host.get_servertime"):
        assert lab.refusal(method, xen3) == ["CANNOT_CONTACT_HOST", xen3]
    lab.run(700)
    assert not lab.live("xen3")
    assert lab.refusal("pool.eject", xen3) == ["HOST_OFFLINE", xen3]
    lab.ask("host.declare_dead", xen3)
    lab.ask("host.destroy", xen3)
    assert lab.machine("xen3").toolstack.serves_as_master


def test_a_second_eject_waits_for_the_first_xapi_4_2(lab: Lab) -> None:
    lab.ask("VM.pool_migrate", lab.vm("db1"), lab.host("xen2"), {})
    xen3 = lab.host("xen3")
    first, second = lab.start("pool.eject", xen3), lab.start("pool.eject", xen3)
    assert lab.wait(first) is None
    with pytest.raises(XapiError, match="HOST_OFFLINE"):
        lab.wait(second)


# dead hosts -------------------------------------------------------------------------------


def test_a_live_host_is_neither_destroyed_nor_declared_dead_observed(lab: Lab) -> None:
    for host in ("xen1", "xen3"):
        for method in ("host.destroy", "host.declare_dead"):
            assert lab.refusal(method, lab.host(host)) == ["HOST_IS_LIVE", lab.host(host)]


def test_a_dead_host_is_declared_dead_then_destroyed_observed(lab: Lab) -> None:
    lab.machine("xen3").power_cut()
    lab.run(700)
    assert lab.refusal("host.destroy", lab.host("xen3")) == ["HOST_HAS_RESIDENT_VMS", lab.host("xen3")]
    assert lab.vm_row("db1")["power_state"] == "Running"
    lab.ask("host.declare_dead", lab.host("xen3"))
    assert (lab.vm_row("db1")["power_state"], lab.enabled("xen3")) == ("Halted", False)
    xen3 = lab.host("xen3")
    lab.ask("host.destroy", xen3)
    assert lab.refusal("host.destroy", xen3) == ["HANDLE_INVALID", "host", xen3]
    lab.ask("pool.designate_new_master", lab.host("xen2"))


def test_declaring_dead_a_host_that_lives_behind_a_cut_cable_runs_its_guests_twice_xapi_4_3(lab: Lab) -> None:
    lab.machine("xen3").connected = False
    lab.run(700)
    lab.ask("host.declare_dead", lab.host("xen3"))
    lab.ask("VM.start_on", lab.vm("db1"), lab.host("xen2"), False, False)
    assert lab.runs_on("db1") == ["xen2", "xen3"]
    assert lab.world.book.totals()["twice"] == 1
