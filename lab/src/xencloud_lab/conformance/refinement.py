# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the estate of a recording tells and an estate file cannot: names that are there twice, plugs, old roles."""

from __future__ import annotations

import typing as t

from ..pools import Pool
from ..world import World
from ..xapi import alerts
from ..xapi.database import Database
from ..xapi.model import NULL
from ..xapi.operations import refresh_all
from ..xapi.role import Role
from ..xapi.storage_rows import destroy_vdi

Rows = list[dict[str, t.Any]]
# Storage drivers of a real host that the recorder had none of, and what it had in their place.
DRIVERS = {"lvmohba": "dummy", "lvmofcoe": "iscsi"}
# From the recorder's environment (its README: ssh, ntp and processors are no evidence).
SERVICES: dict[str, t.Any] = {
    "https_only": True,
    "ssh_enabled": False,
    "ssh_auto_mode": True,
    "ntp_mode": "Disabled",
}


def storage_name(sr: dict[str, t.Any], number: int) -> str:
    """A name of its own: a recording can have several SRs of one name."""
    return f"{number}-{sr['name']}"


def is_wide(sr: dict[str, t.Any]) -> bool:
    """Whether an estate file would call it shared: a local SR has one host."""
    return bool(sr["shared"]) or len(sr["pbds"]) > 1


def label_in_lab(sr: dict[str, t.Any], number: int) -> str:
    """How the lab names it before the recording's own name is written."""
    name = storage_name(sr, number)
    return name if is_wide(sr) else f"{name}-{next(iter(sr['pbds']))}"


class Refinement:
    """What a recording tells and an estate file cannot: names, domain types, plugs, old roles."""

    def __init__(self, world: World, pool: Pool, source: dict[str, t.Any], noted: Rows) -> None:
        self._noted = noted
        self._world = world
        self._pool = pool
        self._source = source

    def apply(self) -> None:
        """Write it into the pool's database."""
        master = self._pool.master()
        db = master.toolstack.db if master else None
        if db is None:
            return
        db.set("pool", next(iter(db.rows("pool"))), name_label="", default_SR=NULL)
        for driver, stand_in in DRIVERS.items():
            for ref in db.find("SM", type=driver):
                db.set("SM", ref, type=stand_in, name_label=stand_in)
        for number, sr in enumerate(self._source.get("srs", [])):
            self._sr(db, sr, number)
        for vm in [*self._source.get("vms", []), *self._noted]:
            self._vm(db, vm)
        for host in self._source.get("hosts", []):
            if str(host.get("role", "")).startswith("dead, master"):
                self._old_master(db, host["name"])
        for host in db.rows("host"):
            db.set("host", host, cpu_info={**db.row("host", host)["cpu_info"], "socket_count": "1"}, **SERVICES)
        info = db.row("pool", next(iter(db.rows("pool"))))["cpu_info"]
        db.set("pool", next(iter(db.rows("pool"))), cpu_info={**info, "socket_count": str(len(db.rows("host")))})
        refresh_all(db)

    def _sr(self, db: Database, sr: dict[str, t.Any], number: int) -> None:
        for ref in db.find("SR", name_label=label_in_lab(sr, number)):
            db.set("SR", ref, name_label=sr["name"], shared=sr["shared"])
            self._world.storage[db.row("SR", ref)["uuid"]].shared = sr["shared"]
            for pbd in db.related("SR", ref, "PBDs"):
                host = db.row("host", db.row("PBD", pbd)["host"])["name_label"]
                attached = sr["pbds"].get(host) == "attached"
                db.set("PBD", pbd, currently_attached=attached, device_config={"location": "x"})

    def _vm(self, db: Database, vm: dict[str, t.Any]) -> None:
        for ref in db.find("VM", name_label=vm["name"]):
            paravirtual = vm.get("domain_type") == "pv"
            memory = db.row("VM", ref)["memory_static_max"]
            db.set("VM", ref, ha_restart_priority=vm.get("ha_restart_priority", ""), memory_static_min=memory)
            if paravirtual:
                _paravirtual(db, ref)
            if db.row("VM", ref)["power_state"] == "Running":
                alerts.vm_started(db, self._world.timeline.now, ref)
            if not vm.get("disks_on"):
                _without_disks(db, ref)

    def _old_master(self, db: Database, name: str) -> None:
        """A dead host whose own files still say that it is the master."""
        toolstack = self._world.machines[name].toolstack
        toolstack.role, toolstack.master_address = Role.MASTER, toolstack.machine.address
        toolstack.db = db.snapshot()
        toolstack.db.set(
            "pool", next(iter(db.rows("pool"))), master=toolstack.db.by_uuid("host", toolstack.machine.uuid)
        )


def _without_disks(db: Database, vm: str) -> None:
    """An estate file gives every guest a disk; this one has none."""
    for vbd in db.related("VM", vm, "VBDs"):
        destroy_vdi(db, db.row("VBD", vbd)["VDI"])


def _paravirtual(db: Database, vm: str) -> None:
    """A guest without firmware and without guest tools, as all of the recorder's."""
    config = {"mac_seed": db.new_uuid()}
    db.set("VM", vm, domain_type="pv", HVM_boot_policy="", PV_bootloader="pygrub", other_config=config)
    flags = {"vendor": "GenuineIntel", "features": ""}
    db.set("VM", vm, HVM_boot_params={"order": "dc"}, last_boot_CPU_flags=flags)
    # Its stand-in for Xen reports no memory of guests.
    db.set("VM_metrics", db.row("VM", vm)["metrics"], hvm=False, current_domain_type="pv", memory_actual=0)
