# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the products differ in: versions, the datamodel's release, and rules that changed.

Sources: ``xapi.md`` 1.10 (API versions), 5.2, 5.4 (evacuation), 6.1 (software_version). A product
that is not here is not modelled.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .errors import NotModelled

UpdateWay = t.Literal["updater_plugin", "cdn"]


@dataclass(frozen=True, slots=True)
class Profile:
    """One product version.

    :ivar release: the datamodel's release: which fields and messages there are.
    :ivar unprotected_code: the error of an unprotected VM in an evacuation under HA.
    :ivar batch_evacuation: how many migrations host.evacuate keeps in flight.
    """

    name: str
    release: str
    api_version: tuple[int, int]
    software_version: tuple[tuple[str, str], ...]
    update_way: UpdateWay
    unprotected_code: str = "HOST_NOT_ENOUGH_FREE_MEMORY"
    batch_evacuation: int = 10


def _versions(brand: str, product: str, platform: str, xapi: str, xen: str, schema: str) -> tuple[tuple[str, str], ...]:
    text = ".".join(product.split(".")[:2])
    return (
        ("product_brand", brand),
        ("product_version", product),
        ("product_version_text", text),
        ("product_version_text_short", text),
        ("platform_name", "XCP"),
        ("platform_version", platform),
        ("xapi", ".".join(xapi.split(".")[:2])),
        ("xapi_build", xapi),
        ("xen", xen),
        ("linux", "4.19.0+1"),
        ("build_number", "cloud"),
        ("git_id", "0"),
        ("hostname", "localhost"),
        ("date", "2026-01-15"),
        ("dbv", "0.0.1"),
        ("db_schema", schema),
        ("xencenter_min", "2.21"),
        ("xencenter_max", "2.21"),
        ("network_backend", "openvswitch"),
    )


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            "xcp-ng-8.2",
            "stockholm_psr",
            (2, 15),
            _versions("XCP-ng", "8.2.1", "3.2.1", "1.249.32", "4.13.5", "5.603"),
            "updater_plugin",
            batch_evacuation=1,
        ),
        Profile(
            "xcp-ng-8.3",
            "25.6.0",
            (2, 21),
            _versions("XCP-ng", "8.3.0", "3.4.0", "25.6.0", "4.17.5", "5.786"),
            "updater_plugin",
        ),
        Profile(
            "xenserver-8",
            "25.31.0",
            (2, 21),
            _versions("XenServer", "8.4.0", "3.4.0", "25.31.0", "4.17.5", "5.795"),
            "cdn",
        ),
    )
}


def profile(name: str) -> Profile:
    """The profile of a product.

    :raises NotModelled: when nobody has written it.
    """
    if name not in PROFILES:
        raise NotModelled(f"product {name} (there are: {', '.join(sorted(PROFILES))})")
    return PROFILES[name]
