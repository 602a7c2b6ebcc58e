# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import Pool
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.leaving import (
    Signs,
    eject_obstacles,
    forget_obstacles,
    leavers,
    losses,
    outlives_name,
    still_here,
)
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.pools import (
    LOCAL,
    SHARED,
    ha_on,
    pool,
    vm,
    with_host,
)

UUID = "5c1f0a7e-3b4d-4c59-9a0e-2f6d8b7c1e04"


def with_disks(base: Pool, kind: str = "ext", disks: int = 2) -> Pool:
    """xen01 has disks on its own storage."""
    return replace(base, srs=(replace(LOCAL, disks=disks, kind=kind), replace(SHARED, disks=9)))


def test_a_host_is_meant_by_its_name_its_address_or_its_uuid_and_once() -> None:
    found = leavers(pool(), ["xen02", "192.0.2.12", "uuid-h2"])
    assert [(each.given, each.host.name) for each in found if each.host] == [("xen02", "xen02")]


@pytest.mark.parametrize("given", ["192.0.2.99", UUID, "fd00::99"])
def test_an_address_or_a_uuid_that_the_pool_does_not_know_has_left(given: str) -> None:
    (gone,) = leavers(pool(), [given])
    assert gone.host is None
    assert gone.as_dict(changed=False)["changed"] is False
    assert given in gone.as_dict(changed=False).values()


def test_names_that_nobody_has_are_refused_all_at_once() -> None:
    with pytest.raises(MaintenanceError, match=r"(?s)xen08.*xen09.*address or UUID only"):
        leavers(pool(), ["xen08", "xen02", "xen09"])


@pytest.mark.parametrize("given", ["xen04", "5c1f0a7e", "5c1f0a7e3b4d4c599a0e2f6d8b7c1e04", "192.0.2", ""])
def test_anything_else_is_a_name(given: str) -> None:
    assert not outlives_name(given)


def test_those_that_are_still_here_are_told_as_they_were_given() -> None:
    assert still_here(pool(), ["192.0.2.12", "xen09", "xen03"]) == ["192.0.2.12", "xen03"]


def test_an_empty_member_of_a_pool_without_ha_may_go() -> None:
    assert eject_obstacles(pool(), [pool().hosts[2]], accept_storage_loss=False) == []


def test_every_obstacle_is_told_at_once() -> None:
    sick = with_disks(with_host(ha_on(pool(current_operations={"t": "apply_updates"})), "h3", live=False))
    assert eject_obstacles(sick, sick.hosts, accept_storage_loss=False) == [
        "HA is on",
        "it is busy with apply_updates",
        "xen01 is the pool's master",
        "xen01 still has guests (web-01)",
        "xen02 still has guests (web-02)",
        "xen03 is not alive, so it cannot be ejected but only be forgotten (state: forgotten)",
        "2 virtual disks on local1 of xen01 would be wiped",
        "9 virtual disks on nfs1 of xen01 and xen02 and xen03 would be wiped",
    ]


def test_storage_that_others_have_as_well_is_not_lost() -> None:
    full = with_disks(pool(), disks=1)
    assert losses(full, full.hosts[1:]) == []
    assert losses(full, full.hosts[:1]) == ["1 virtual disk on local1 of xen01"]
    assert eject_obstacles(full, full.hosts[:1], accept_storage_loss=True) == [
        "xen01 is the pool's master",
        "xen01 still has guests (web-01)",
    ]


@pytest.mark.parametrize("kind", ["udev", "iso"])
def test_drives_and_media_hold_no_data(kind: str) -> None:
    assert losses(with_disks(pool(), kind=kind), pool().hosts[:1]) == []


def test_a_dead_host_that_was_confirmed_may_be_forgotten() -> None:
    dead = with_host(pool(), "h3", live=False)
    assert forget_obstacles(dead, {"h3": Signs()}, ["xen03"], accept_storage_loss=False) == []


def test_every_sign_of_life_is_told_at_once() -> None:
    signs = {"h2": Signs(answers=True, cloudstack_state="Up", power="On")}
    assert forget_obstacles(pool(), signs, [], accept_storage_loss=False) == [
        "xen02 is alive for XAPI",
        "xen02 still answers at 192.0.2.12",
        "xen02 is Up for CloudStack",
        "xen02 is switched on, as its management controller says",
        "xen02 still has guests in the pool's database (web-02), and there is no proof that it is off",
        "nobody has confirmed that xen02 is off for good (confirm_dead: [xen02])",
    ]


@pytest.mark.parametrize(("power", "number"), [("Off", 0), ("Unknown", 1), ("Disabled", 1), ("", 1)])
def test_guests_are_given_up_only_when_the_machine_is_proved_to_be_off(power: str, number: int) -> None:
    dead = with_host(pool(vms=(vm("web-03", "h3"),)), "h3", live=False)
    found = forget_obstacles(dead, {"h3": Signs(power=power)}, ["xen03"], accept_storage_loss=False)
    assert len(found) == number
