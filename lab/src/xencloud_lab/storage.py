# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage arrays as they physically are: size, and which machines have a cable to them."""

from __future__ import annotations

from dataclasses import dataclass, field

from .cables import Cut


@dataclass(slots=True, eq=False)
class Storage:
    """One array behind a storage repository.

    :ivar cut: machines that should reach it and do not.
    :ivar images: what was uploaded to disks here: the update whose image it is, by the disk's uuid.
    :ivar server: its address (or several, with commas), when the network that leads there matters.
    """

    uuid: str
    name: str
    type: str
    shared: bool
    size_bytes: int
    machines: set[str] = field(default_factory=set)
    cut: Cut = field(default_factory=Cut)
    images: dict[str, str] = field(default_factory=dict)
    server: str = ""

    def device_config(self, label: str) -> dict[str, str]:
        """How a host reaches it, in the words of the storage drivers; without a network of its own, by a place."""
        if not self.server:
            return {"location": label}
        if self.type == "nfs":
            return {"server": self.server, "serverpath": f"/{label}"}
        return {"target": self.server, "targetIQN": f"iqn.2026-11.lab:{label}", "SCSIid": self.uuid.replace("-", "")}

    def reaches(self, machine: str) -> bool:
        """Whether this machine can read and write here now."""
        return machine in self.machines and machine not in self.cut
