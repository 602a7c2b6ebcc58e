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
LIVEPATCHES = "xen_livepatches"


@dataclass(frozen=True, slots=True)
class Package:
    """A package of the update repository, or a hotfix, and the software_version keys it changes.

    :ivar guidance: what has to follow (``reboot``, ``toolstack``, ``device_model``, ``vm``).
    :ivar refuses: the question of its own that a hotfix answers badly on every host.
    :ivar uploaded: the pool has it from the beginning.
    """

    name: str
    version: str
    release: str
    sets: tuple[tuple[str, str], ...] = ()
    description: str = ""
    url: str = ""
    license: str = "GPLv2"
    size_bytes: int = 1_000_000
    uuid: str = ""
    guidance: tuple[str, ...] | None = None
    recommended: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    livepatch: bool = False
    homogeneous: bool = False
    refuses: str | None = None
    uploaded: bool = False

    @property
    def evr(self) -> str:
        return f"{self.version}-{self.release}"

    def levels(self) -> dict[str, str]:
        """The software_version keys after installation; xapi's full build follows its package."""
        levels = dict(self.sets)
        if "xapi" in levels:
            levels.setdefault("xapi_build", self.version)
        return levels

    def needs(self) -> tuple[str, ...]:
        """What has to follow: a boot, unless only the toolstack runs what it changes."""
        if self.guidance is not None:
            return self.guidance
        only_toolstack = bool(self.sets) and set(self.levels()) <= set(TOOLSTACK_KEYS)
        return ("toolstack",) if only_toolstack else ("reboot",)


@dataclass(slots=True, eq=False)
class Software:
    """The software of one machine.

    :ivar files: hotfix files on its disk, by uuid.
    :ivar proxies: those of its package repositories.
    """

    on_disk: dict[str, str]
    running: dict[str, str] = field(default_factory=dict)
    repository: list[Package] = field(default_factory=list)
    installed: dict[str, Package] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    proxies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.running = self.running or dict(self.on_disk)

    def pending(self) -> list[Package]:
        """Packages of the repository that are not installed in this version."""
        return [p for p in self.repository if not self.has(p)]

    def has(self, package: Package) -> bool:
        """Whether it is installed in this version."""
        return self.installed.get(package.name) == package

    def known(self, uuid: str) -> Package | None:
        """The package with this uuid."""
        return next((p for p in self.repository if p.uuid == uuid), None)

    def named(self, name: str) -> Package | None:
        """The package with this name."""
        return next((p for p in self.repository if p.name == name), None)

    def install(self, names: t.Collection[str] | None = None) -> list[Package]:
        """Put pending packages on disk (all, or these) and return them."""
        packages = [p for p in self.pending() if names is None or p.name in names]
        for package in packages:
            self.installed[package.name] = package
            self.on_disk.update(package.levels())
        return packages

    def patch_live(self, package: Package) -> None:
        """What runs is changed in place; a boot makes it the ordinary thing."""
        self.running.update({k: v for k, v in package.levels().items() if k not in TOOLSTACK_KEYS})
        patches = [*filter(None, self.running.get(LIVEPATCHES, "").split(", ")), package.name]
        self.running[LIVEPATCHES] = ", ".join(patches)

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
        """Whether a boot would change what runs."""
        return any(self.running.get(key) != value for key, value in self.on_disk.items())
