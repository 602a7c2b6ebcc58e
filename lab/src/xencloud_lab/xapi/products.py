# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What host.software_version says, by product (``xapi.md`` 6.1).

Product, platform and API versions are the products'; build numbers and dates are examples of their
form. Releases before 7.0 have neither short names nor a database schema in this map.
"""

from __future__ import annotations

from dataclasses import dataclass

Versions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Product:
    """The figures of a product's version.

    :ivar xencenter: the XenCenter it wants; its API version, unless it says so itself.
    """

    brand: str
    version: str
    platform: str
    xapi: str
    xen: str
    schema: str
    linux: str = "4.19.0+1"
    build: str = "cloud"
    dbv: str = "0.0.1"
    network: str = "openvswitch"
    xencenter: str = "2.21"
    date: str = "2026-01-15"

    @property
    def text(self) -> str:
        """The version as people say it."""
        return ".".join(self.version.split(".")[:2])

    def classic(self) -> Versions:
        """The map of XenServer 6.x."""
        return (
            *self._common(),
            ("package-linux", "installed"),
            ("oem_build_number", self.build),
        )

    def modern(self) -> Versions:
        """The map of 7.0 and everything later."""
        return (
            *self._common(),
            ("product_version_text", self.text),
            ("product_version_text_short", self.text),
            ("git_id", "0"),
            ("db_schema", self.schema),
        )

    def _common(self) -> Versions:
        return (
            ("product_brand", self.brand),
            ("product_version", self.version),
            ("platform_name", "XCP"),
            ("platform_version", self.platform),
            ("xapi", ".".join(self.xapi.split(".")[:2])),
            ("xapi_build", self.xapi),
            ("xen", self.xen),
            ("linux", self.linux),
            ("build_number", self.build),
            ("hostname", "localhost"),
            ("date", self.date),
            ("dbv", self.dbv),
            ("xencenter_min", self.xencenter),
            ("xencenter_max", self.xencenter),
            ("network_backend", self.network),
        )
