# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the products differ in: versions, the datamodel's release, and rules that changed.

Sources: ``xapi.md`` header (releases), 1.10 (API versions), 2.2 (licence), 5.2, 5.4 (evacuation),
6.1 (software_version). A product that is not here is not modelled.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .errors import NotModelled
from .products import Product, Versions

UpdateWay = t.Literal["pool_patch", "pool_update", "updater_plugin", "cdn"]
HA_EDITIONS_6 = ("advanced", "enterprise", "platinum")  # the free edition had no HA before 6.2


@dataclass(frozen=True, slots=True)
class Profile:
    """One product version.

    :ivar release: the datamodel's release: which fields, messages and parameters there are.
    :ivar unprotected_code: the error of an unprotected VM in an evacuation under HA.
    :ivar batch_evacuation: how many migrations host.evacuate keeps in flight.
    :ivar edition: the licence that a pool has unless its estate says otherwise.
    :ivar ha_editions: the licences with HA; none: all of them.
    """

    name: str
    release: str
    api_version: tuple[int, int]
    software_version: Versions
    update_way: UpdateWay
    unprotected_code: str = "HOST_NOT_ENOUGH_FREE_MEMORY"
    batch_evacuation: int = 10
    edition: str = "enterprise"
    ha_editions: tuple[str, ...] = ()

    def licensed(self, edition: str, feature: str) -> bool:
        """Whether this edition has a feature, by the name LICENCE_RESTRICTION gives it (``xapi.md`` 2.2, 6.4)."""
        if feature == "XHA":
            return not self.ha_editions or edition in self.ha_editions
        return edition != "free"


def _classic(name: str, release: str, api: tuple[int, int], product: Product, **rules: t.Any) -> Profile:
    """XenServer 6.x: pool patches, evacuation one by one."""
    return Profile(name, release, api, product.classic(), "pool_patch", batch_evacuation=1, **rules)


def _updates(
    name: str, release: str, api: tuple[int, int], product: Product, way: UpdateWay = "pool_update"
) -> Profile:
    """XenServer 7.0 to Citrix Hypervisor 8.2: evacuation one by one still."""
    return Profile(name, release, api, product.modern(), way, batch_evacuation=1)


def _xs(brand: str, version: str, platform: str, xapi: str, xen: str, linux: str, build: str, api: str) -> Product:
    return Product(brand, version, platform, xapi, xen, "5.120", linux, build, dbv="2026.0101", xencenter=api)


_CITRIX = "Citrix Hypervisor"
_XS = "XenServer"
_XCP82 = Product("XCP-ng", "8.2.1", "3.2.1", "1.249.32", "4.13.5", "5.603")
_XCP83 = Product("XCP-ng", "8.3.0", "3.4.0", "25.6.0", "4.17.5", "5.786")
_XS8 = Product(_XS, "8.4.0", "3.4.0", "25.31.0", "4.17.5", "5.795")
_NEXT = Product(
    "XCP-ng", "8.3.0", "3.4.0", "26.17.0", "4.17.5", "5.909", dbv="2026.0202", network="bridge", xencenter="2.23"
)
_ALL = (
    _classic(
        "xenserver-6.0",
        "boston",
        (1, 9),
        _xs(_XS, "6.0.2", "1.4.90", "1.3", "4.1.2", "2.6.32.12", "53456p", "1.9"),
        ha_editions=HA_EDITIONS_6,
    ),
    _classic(
        "xenserver-6.1",
        "tampa",
        (1, 10),
        _xs(_XS, "6.1.0", "1.6.10", "1.3", "4.1.3", "2.6.32.43", "59235p", "1.10"),
        ha_editions=HA_EDITIONS_6,
    ),
    _classic(
        "xenserver-6.2",
        "clearwater",
        (2, 0),
        _xs(_XS, "6.2.0", "1.8.0", "1.3", "4.1.5", "2.6.32.43", "70446c", "2.0"),
    ),
    _classic(
        "xenserver-6.5",
        "creedence",
        (2, 3),
        _xs(_XS, "6.5.0", "1.9.0", "1.3", "4.4.1", "3.10.0+2", "90233c", "2.3"),
    ),
    _updates(
        "xenserver-7.0",
        "dundee",
        (2, 5),
        _xs(_XS, "7.0.0", "2.1.0", "1.9", "4.6.1", "3.10.0+10", "125380c", "2.5"),
        "pool_patch",
    ),
    _updates(
        "xenserver-7.1", "ely", (2, 6), _xs(_XS, "7.1.0", "2.2.0", "1.14.34", "4.7.1", "4.4.0+2", "137272c", "2.6")
    ),
    _updates(
        "xenserver-7.2", "falcon", (2, 7), _xs(_XS, "7.2.0", "2.3.0", "1.20.7", "4.7.3", "4.4.0+10", "release/7", "2.7")
    ),
    _updates(
        "xenserver-7.6",
        "lima",
        (2, 11),
        _xs(_XS, "7.6.0", "2.7.0", "1.110.1", "4.7.6", "4.4.0+10", "release/7", "2.11"),
    ),
    _updates(
        "citrix-hypervisor-8.0",
        "naples",
        (2, 12),
        _xs(_CITRIX, "8.0.0", "3.0.0", "1.160.1", "4.11.1", "4.19.0+1", "release/8", "2.12"),
    ),
    _updates(
        "citrix-hypervisor-8.1",
        "quebec",
        (2, 14),
        _xs(_CITRIX, "8.1.0", "3.1.0", "1.214.1", "4.13.0", "4.19.0+1", "release/8", "2.14"),
    ),
    _updates(
        "citrix-hypervisor-8.2",
        "stockholm",
        (2, 15),
        _xs(_CITRIX, "8.2.0", "3.2.0", "1.249.3", "4.13.1", "4.19.0+1", "release/8", "2.15"),
    ),
    Profile(
        "xcp-ng-8.2",
        "stockholm_psr",
        (2, 15),
        _XCP82.modern(),
        "updater_plugin",
        batch_evacuation=1,
        edition="xcp-ng",
    ),
    Profile("xcp-ng-8.3", "25.6.0", (2, 21), _XCP83.modern(), "updater_plugin", edition="xcp-ng"),
    Profile("xenserver-8", "25.31.0", (2, 21), _XS8.modern(), "cdn"),
    Profile(
        "xcp-ng-next",
        "26.17.0",
        (2, 23),
        _NEXT.modern(),
        "updater_plugin",
        unprotected_code="HOST_EVACUATE_VM_NOT_HA_PROTECTED",
        edition="",
    ),
)
PROFILES: dict[str, Profile] = {profile.name: profile for profile in _ALL}


def profile(name: str) -> Profile:
    """The profile of a product.

    :raises NotModelled: when nobody has written it.
    """
    if name not in PROFILES:
        raise NotModelled(f"product {name} (there are: {', '.join(sorted(PROFILES))})")
    return PROFILES[name]
