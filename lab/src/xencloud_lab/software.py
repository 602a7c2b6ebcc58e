# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What software a machine has on disk and which of it runs.

An installed package is on disk at once; the toolstack takes its new version at its own restart,
everything else at the next boot (``xapi.md`` 6.5, 6.6).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

TOOLSTACK_KEYS = ("xapi", "xapi_build", "db_schema")


@dataclass(frozen=True, slots=True)
class Package:
    """A package of the update repository and the software_version keys it changes."""

    name: str
    version: str
    release: str
    sets: tuple[tuple[str, str], ...] = ()
    description: str = ""
    url: str = ""
    license: str = "GPLv2"
    size_bytes: int = 1_000_000

    @property
    def evr(self) -> str:
        return f"{self.version}-{self.release}"

    def levels(self) -> dict[str, str]:
        """The software_version keys after installation; xapi's full build follows its package."""
        levels = dict(self.sets)
        if "xapi" in levels:
            levels.setdefault("xapi_build", self.version)
        return levels


@dataclass(slots=True, eq=False)
class Software:
    """The software of one machine."""

    on_disk: dict[str, str]
    running: dict[str, str] = field(default_factory=dict)
    repository: list[Package] = field(default_factory=list)
    installed: dict[str, Package] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.running = self.running or dict(self.on_disk)

    def pending(self) -> list[Package]:
        """Packages of the repository that are not installed in this version."""
        return [p for p in self.repository if self.installed.get(p.name) != p]

    def install(self, names: t.Collection[str] | None = None) -> list[Package]:
        """Put pending packages on disk (all, or these) and return them."""
        packages = [p for p in self.pending() if names is None or p.name in names]
        for package in packages:
            self.installed[package.name] = package
            self.on_disk.update(package.levels())
        return packages

    def toolstack_started(self) -> None:
        """A toolstack runs what is on disk when it starts."""
        self.running.update({k: v for k, v in self.on_disk.items() if k in TOOLSTACK_KEYS})

    def booted(self) -> None:
        """A boot runs everything that is on disk."""
        self.running = dict(self.on_disk)

    @property
    def level(self) -> str:
        """What runs, in short."""
        return f"xapi {self.running['xapi_build']}, xen {self.running['xen']}"

    @property
    def needs_reboot(self) -> bool:
        return self.running != self.on_disk
