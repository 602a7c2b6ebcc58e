# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.facts import (
    Bond,
    Certificate,
    Facts,
    Interface,
    Refusal,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.client import XapiClient
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.facts import read_facts
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.pools import (
    ha_on,
    pool,
    with_host,
)
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._xapi.scripted import (
    HangUp,
    Scripted,
    failure,
    success,
)

NULL = "OpaqueRef:NULL"
NOON = "20261120T12:00:{:02d}Z"
NOON_S = 1795176000


def interface(host: str, device: str, **more: t.Any) -> dict[str, t.Any]:
    plain = {"disallow_unplug": False, "currently_attached": True, "bond_slave_of": NULL, "IP": "", "netmask": ""}
    return {"host": host, "device": device, "management": False, **plain, **more}


INTERFACES = {
    "bond0": interface("h1", "bond0"),
    "eth1": interface("h1", "eth1", bond_slave_of="b1"),
    "eth2": interface("h1", "eth2", bond_slave_of="b1"),
    "eth0": interface("h1", "eth0", IP="192.0.2.1", netmask="255.255.255.0", management=True),
    "eth4": interface("h1", "eth4", IP="192.0.2.9", netmask="255.255.255.0", currently_attached=False),
    "eth3": interface("h2", "eth3", disallow_unplug=True, currently_attached=False),
}


@pytest.fixture
def facts(start_host: t.Callable[..., Scripted], params: dict[str, t.Any]) -> t.Callable[..., Facts]:
    """Reads the facts of a pool of three, from a master that answers as given."""

    def read(of: t.Any = None, **answers: t.Any) -> Facts:
        usual = {
            "PIF__get_all_records": lambda *_args: success(INTERFACES),
            "host__get_servertime": lambda *_args: success(NOON.format(0)),
            "host__get_vms_which_prevent_evacuation": lambda *_args: success({}),
        }
        master = start_host(**usual | answers)
        return read_facts(XapiClient.connect({**params, "hostname": master.address}), of or pool())

    return read


def clocks(**seconds: int) -> t.Callable[..., t.Any]:
    return lambda _session, host: success(NOON.format(seconds.get(host, 30)))


def test_clocks_that_agree_are_not_ahead(facts: t.Callable[..., Facts]) -> None:
    read = facts()
    assert read.ahead_s == {"h2": 0, "h3": 0}
    assert read.now == NOON_S


def test_a_clock_is_ahead_or_behind_by_what_is_certain(facts: t.Callable[..., Facts]) -> None:
    read = facts(host__get_servertime=clocks(h2=50, h3=10))
    assert read.ahead_s == {"h2": 19, "h3": -20}


def test_a_second_may_be_the_time_of_the_call(facts: t.Callable[..., Facts]) -> None:
    assert facts(host__get_servertime=clocks(h2=31, h3=29)).ahead_s == {"h2": 0, "h3": 0}


def test_a_host_that_refuses_is_silent_and_the_others_are_asked(facts: t.Callable[..., Facts]) -> None:
    def clock(_session: str, host: str) -> t.Any:
        return failure("CANNOT_CONTACT_HOST", host) if host == "h2" else success(NOON.format(0))

    read = facts(host__get_servertime=clock)
    assert read.silent == {"h2": "CANNOT_CONTACT_HOST"}
    assert read.ahead_s == {"h3": 0}


def test_a_host_whose_answer_is_lost_is_silent_and_the_others_are_asked(facts: t.Callable[..., Facts]) -> None:
    def clock(_session: str, host: str) -> t.Any:
        if host == "h2":
            raise HangUp
        return success(NOON.format(0))

    read = facts(host__get_servertime=clock)
    assert read.silent == {"h2": "no answer in time"}
    assert read.ahead_s == {"h3": 0}


def test_a_dead_host_is_not_asked(facts: t.Callable[..., Facts]) -> None:
    assert facts(with_host(pool(), "h3", live=False)).ahead_s == {"h2": 0}


def test_what_would_not_leave_a_host_is_asked_only_while_ha_is_off(facts: t.Callable[..., Facts]) -> None:
    def stuck(_session: str, host: str) -> t.Any:
        return success({"vm1": ["VM_HAS_PCI_ATTACHED", "vm1"]} if host == "h2" else {})

    (refusal,) = facts(host__get_vms_which_prevent_evacuation=stuck).refusals
    assert (refusal.host, refusal.vm, refusal.code) == ("h2", "vm1", "VM_HAS_PCI_ATTACHED")
    assert isinstance(refusal, Refusal)
    assert facts(ha_on(pool()), host__get_vms_which_prevent_evacuation=stuck).refusals == ()


def test_a_bond_knows_its_cards_and_its_links(facts: t.Callable[..., Facts]) -> None:
    bonds = {"b1": {"master": "bond0", "links_up": "1"}, "b2": {"master": "gone", "links_up": "0"}}
    assert facts(Bond__get_all_records=lambda *_args: success(bonds)).bonds == (Bond("h1", "bond0", 2, 1),)


def test_interfaces_that_are_in_use_and_have_an_address_are_known(facts: t.Callable[..., Facts]) -> None:
    assert facts().interfaces == (Interface("h1", "eth0", "192.0.2.1", "255.255.255.0", management=True),)


def test_a_release_that_does_not_count_links_has_all_of_them(facts: t.Callable[..., Facts]) -> None:
    read = facts(Bond__get_all_records=lambda *_args: success({"b1": {"master": "bond0"}}))
    assert read.bonds == (Bond("h1", "bond0", 2, 2),)


def test_certificates_end(facts: t.Callable[..., Facts]) -> None:
    record = {"host": "h1", "type": "host", "not_after": NOON.format(0)}
    read = facts(Certificate__get_all_records=lambda *_args: success({"c1": record}))
    assert read.certificates == (Certificate("h1", "host", NOON_S),)


def test_classes_that_a_release_does_not_know_are_empty(facts: t.Callable[..., Facts]) -> None:
    read = facts()
    assert (read.certificates, read.bonds) == ((), ())


def test_an_interface_that_must_not_be_out_is(facts: t.Callable[..., Facts]) -> None:
    assert facts().unplugged_interfaces == (("h2", "eth3"),)
