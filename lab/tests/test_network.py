# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks, interfaces and network cards (``xapi.md`` 2.10, 12.3, 12.4; transcript ``ha_on_storage_*``)."""

from __future__ import annotations

import typing as t

from running_world import Lab

NETWORK = "Pool-wide network 0"


def pif(lab: Lab, host: str, device: str = "eth0") -> str:
    return lab.db.find("PIF", host=lab.host(host), device=device)[0]


def spare(lab: Lab, host: str, device: str = "eth1") -> str:
    """An interface beside the management one, on a network of its own."""
    found = lab.db.find("network", name_label=f"of {device}")
    network = found[0] if found else new_network(lab, f"of {device}")
    metrics = lab.db.create("PIF_metrics", carrier=True)
    values = {"MAC": f"02:00:00:00:01:0{device[-1]}", "physical": True, "VLAN": -1, "metrics": metrics}
    return lab.db.create("PIF", host=lab.host(host), device=device, network=network, managed=True, **values)


def new_network(lab: Lab, name: str) -> str:
    return t.cast(str, lab.ask("network.create", {"name_label": name, "other_config": {}}))


def card(lab: Lab, vm: str, **values: t.Any) -> dict[str, t.Any]:
    record = {"device": "autodetect", "network": lab.ref("network", NETWORK), "VM": vm, "MAC": "", "MTU": "1500"}
    return {**record, "other_config": {}, "qos_algorithm_type": "", "qos_algorithm_params": {}, **values}


# networks ---------------------------------------------------------------------------------


def test_a_network_in_use_stays_observed(lab: Lab) -> None:
    network = lab.ref("network", NETWORK)
    assert lab.refusal("network.destroy", network)[0] == "NETWORK_CONTAINS_PIF"
    private = new_network(lab, "private")
    vif = lab.ask("VIF.create", card(lab, lab.vm("web1"), network=private))
    lab.ask("VIF.plug", vif)
    assert lab.refusal("network.destroy", private) == ["NETWORK_CONTAINS_VIF", vif]
    lab.ask("VIF.unplug", vif)
    lab.ask("network.destroy", private)
    assert not lab.db.exists("VIF", vif)


def test_each_network_gets_a_bridge_of_its_own(lab: Lab) -> None:
    bridges = {lab.db.row("network", new_network(lab, name))["bridge"] for name in "abc"}
    assert len(bridges) == 3


# interfaces of hosts ----------------------------------------------------------------------


def test_the_management_interface_stays_as_it_is_under_ha_observed(lab: Lab) -> None:
    lab.enable_ha()
    interface = pif(lab, "xen2")
    row = lab.db.row("PIF", interface)
    lab.ask("PIF.reconfigure_ip", interface, "Static", row["IP"], row["netmask"], "", "")
    assert lab.refusal("PIF.reconfigure_ip", interface, "None", "", "", "", "") == ["HA_IS_ENABLED"]
    assert lab.refusal("PIF.unplug", interface) == ["HA_IS_ENABLED"]
    assert lab.refusal("PIF.forget", interface) == ["PIF_IS_MANAGEMENT_INTERFACE", interface]


def test_an_interface_can_be_kept_from_being_unplugged(lab: Lab) -> None:
    interface = spare(lab, "xen2")
    lab.ask("PIF.plug", interface)
    lab.ask("PIF.set_disallow_unplug", interface, True)
    assert lab.refusal("PIF.unplug", interface) == ["PIF_DOES_NOT_ALLOW_UNPLUG", interface]
    lab.ask("PIF.set_disallow_unplug", interface, False)
    lab.ask("PIF.unplug", interface)


def test_a_vlan_has_an_interface_and_its_tag_once(lab: Lab) -> None:
    base, network = pif(lab, "xen1"), new_network(lab, "vlan 7")
    vlan = lab.ask("VLAN.create", base, 7, network)
    made = lab.db.row("VLAN", vlan)["untagged_PIF"]
    row = lab.db.row("PIF", made)
    assert (row["VLAN"], row["device"], row["VLAN_master_of"]) == (7, "eth0", vlan)
    assert lab.refusal("VLAN.create", base, 7, new_network(lab, "other")) == ["PIF_VLAN_EXISTS", made]
    assert lab.refusal("VLAN.create", base, 8, network) == ["NETWORK_ALREADY_CONNECTED", lab.host("xen1"), made]
    assert lab.refusal("VLAN.create", base, 4095, network) == ["VLAN_TAG_INVALID", "4095"]
    lab.ask("VLAN.destroy", vlan)
    assert not lab.db.exists("PIF", made)


def test_a_pool_wide_vlan_is_made_on_every_host(lab: Lab) -> None:
    made = lab.ask("pool.create_VLAN_from_PIF", pif(lab, "xen1"), new_network(lab, "vlan 9"), 9)
    assert {lab.db.row("PIF", ref)["host"] for ref in made} == {lab.host(name) for name in ("xen1", "xen2", "xen3")}


def test_a_bond_takes_the_management_address_over_and_gives_it_back(lab: Lab) -> None:
    members = [pif(lab, "xen2"), spare(lab, "xen2")]
    bond = lab.ask("Bond.create", new_network(lab, "bonded"), members, "", "active-backup", {})
    master = lab.db.row("PIF", lab.db.row("Bond", bond)["master"])
    assert (master["device"], master["management"], master["IP"]) == ("bond0", True, "127.0.1.12")
    assert not lab.db.row("PIF", members[0])["management"]
    assert lab.refusal("Bond.create", new_network(lab, "x"), members, "")[0] == "PIF_ALREADY_BONDED"
    lab.ask("Bond.destroy", bond)
    assert lab.db.row("PIF", members[0])["IP"] == "127.0.1.12"


def test_the_management_interface_is_not_bonded_under_ha_xapi_2_10(lab: Lab) -> None:
    members, network = [pif(lab, "xen2"), spare(lab, "xen2")], new_network(lab, "bonded")
    lab.enable_ha()
    assert lab.refusal("Bond.create", network, members, "") == ["HA_CANNOT_CHANGE_BOND_STATUS_OF_MGMT_IFACE"]


# network cards of guests ------------------------------------------------------------------


def test_a_card_gets_the_next_number_and_a_mac_that_stays_the_same(lab: Lab) -> None:
    web1 = lab.vm("web1")
    first, second = (lab.ask("VIF.create", card(lab, web1)) for _number in range(2))
    rows = [lab.db.row("VIF", ref) for ref in (first, second)]
    assert [row["device"] for row in rows] == ["0", "1"]
    assert len({row["MAC"] for row in rows}) == 2
    assert all(row["MAC_autogenerated"] for row in rows)
    assert lab.refusal("VIF.create", card(lab, web1, device="1")) == ["DEVICE_ALREADY_EXISTS", "1"]
    assert lab.refusal("VIF.create", card(lab, web1, MAC="nonsense")) == ["MAC_INVALID", "nonsense"]


def test_cards_follow_their_guest_on_and_off(lab: Lab) -> None:
    idle = lab.vm("idle1")
    vif = lab.ask("VIF.create", card(lab, idle, MAC="02:00:00:01:02:03"))
    lab.ask("VM.start", idle, False, False)
    assert lab.db.row("VIF", vif)["currently_attached"]
    guest = lab.db.row("VM_guest_metrics", lab.vm_row("idle1")["guest_metrics"])
    assert guest["networks"] == {"0/ip": "10.1.2.3"}
    assert lab.refusal("VIF.destroy", vif)[0] == "OPERATION_NOT_ALLOWED"
    lab.ask("VM.hard_shutdown", idle)
    lab.ask("VIF.destroy", vif)


def test_a_static_address_needs_its_prefix(lab: Lab) -> None:
    vif = lab.ask("VIF.create", card(lab, lab.vm("web1")))
    lab.ask("VIF.configure_ipv4", vif, "Static", "10.0.0.5/24", "10.0.0.1")
    assert lab.db.row("VIF", vif)["ipv4_addresses"] == ["10.0.0.5/24"]
    assert lab.refusal("VIF.configure_ipv4", vif, "Static", "10.0.0.5")[0] == "INVALID_CIDR_ADDRESS_SPECIFIED"
    lab.ask("VIF.configure_ipv4", vif, "None")
    assert lab.db.row("VIF", vif)["ipv4_addresses"] == []
