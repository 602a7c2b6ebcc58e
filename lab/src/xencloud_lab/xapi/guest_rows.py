# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a guest that has begun to run shows: metrics, the word of its tools, device names."""

from __future__ import annotations

import typing as t

from .rows import stamp

if t.TYPE_CHECKING:
    from .database import Database, Row

FIRST_LETTER = ord("a")


def started(db: Database, vm: str, now: float) -> None:
    """Write what is known of a guest that runs from now on."""
    row = db.row("VM", vm)
    if db.exists("VM_metrics", row["metrics"]):
        db.set(
            "VM_metrics",
            row["metrics"],
            start_time=stamp(now),
            last_updated=stamp(now),
            VCPUs_number=row["VCPUs_at_startup"],
            hvm=row["domain_type"] == "hvm",
            current_domain_type=row["domain_type"],
        )
    for vbd in db.related("VM", vm, "VBDs"):
        db.set("VBD", vbd, device=device_of(db.row("VBD", vbd)["userdevice"]))
    tools(db, vm, now)


def device_of(userdevice: str) -> str:
    """The guest's own name of a disk: xvda for 0."""
    number = int(userdevice) if userdevice.isdigit() else 0
    return f"xvd{chr(FIRST_LETTER + number)}" if number < 26 else f"xvd{number}"


def tools(db: Database, vm: str, now: float) -> None:
    """The guest's tools tell their version and the addresses of its cards."""
    guest = db.row("VM", vm)["guest_metrics"]
    if not db.exists("VM_guest_metrics", guest):
        guest = db.create("VM_guest_metrics", PV_drivers_detected=True, last_updated=stamp(now))
        db.set("VM", vm, guest_metrics=guest)
    addresses = {f"{c['device']}/ip": address_of(c["MAC"]) for c in _cards(db, vm) if c["MAC"]}
    db.set("VM_guest_metrics", guest, networks=addresses, live=True, last_updated=stamp(now))


def _cards(db: Database, vm: str) -> list[Row]:
    return [db.row("VIF", vif) for vif in db.related("VM", vm, "VIFs")]


def address_of(mac: str) -> str:
    """The address that the lab's DHCP gives to a card: made of its MAC, so always the same."""
    octets = [int(part, 16) for part in mac.split(":")[-3:]]
    return ".".join(str(part) for part in (10, *octets))
