# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of a pool that has been there for a while, as an installer and its use leave them.

Field values follow records of a real xapi; names of drivers and products those of the profile.
"""

from __future__ import annotations

import typing as t

from . import installed, licence
from .model import NULL
from .placement import overhead
from .rows import MIB, pool_ref, stamp

if t.TYPE_CHECKING:
    from ..machines import Machine
    from ..storage import Storage
    from .database import Database
    from .profiles import Profile

HOST_OVERHEAD_MIB = 512
BRIDGE = "xenbr0"
HARDWARE_PLATFORM = 2
COMMON_FEATURES = [
    "SR_PROBE",
    "SR_UPDATE",
    "SR_ATTACH",
    "SR_DETACH",
    "SR_SCAN",
    "VDI_CREATE",
    "VDI_DELETE",
    "VDI_ATTACH",
    "VDI_DETACH",
    "VDI_RESIZE",
    "VDI_CLONE",
    "VDI_SNAPSHOT",
    "VDI_UPDATE",
    "VDI_INTRODUCE",
    "VDI_ACTIVATE",
    "VDI_DEACTIVATE",
    "VDI_MIRROR",
]
STATEFILE_CAPABLE = ("nfs", "lvmoiscsi", "lvmohba", "lvmofcoe", "ext", "lvm")
DRIVERS = (*STATEFILE_CAPABLE, "iso", "udev", "smb", "file")
SR_OPERATIONS = [
    "vdi_introduce",
    "unplug",
    "plug",
    "pbd_create",
    "update",
    "pbd_destroy",
    "vdi_resize",
    "vdi_clone",
    "scan",
    "vdi_snapshot",
    "vdi_mirror",
    "vdi_create",
    "vdi_destroy",
]
VBD_OPERATIONS = ["attach", "unpause", "unplug", "unplug_force", "pause"]


class Populate:
    """Writes the rows of one pool into its database."""

    def __init__(self, db: Database, profile: Profile, now: float, edition: str | None = None) -> None:
        self._db = db
        self._profile = profile
        self._edition = profile.edition if edition is None else edition
        self._restrictions = licence.restrictions(profile, self._edition)
        self._moment = now
        self._now = stamp(now)
        self._network = ""

    def create(self, cls: str, **values: t.Any) -> str:
        """A row; what its release does not know yet is in the database all the same, and never shown."""
        return self._db.create(cls, **values)

    def pool(self, name: str) -> str:
        """The pool, its network and its storage drivers."""
        ref = self.create("pool", name_label=name, other_config={"memory-ratio-hvm": "0.25", "memory-ratio-pv": "0.25"})
        self._db.set("pool", ref, ha_cluster_stack="xhad", restrictions=dict(self._restrictions))
        self._network = self.create(
            "network",
            name_label="Pool-wide network 0",
            bridge=BRIDGE,
            MTU=1500,
            managed=True,
            default_locking_mode="unlocked",
        )
        for kind in DRIVERS:
            self._driver(kind)
        installed.of_pool(self._db)
        return ref

    def _driver(self, kind: str) -> None:
        features = dict.fromkeys(COMMON_FEATURES, 1)
        if kind in STATEFILE_CAPABLE:
            features |= {"VDI_GENERATE_CONFIG": 1, "VDI_ATTACH_OFFLINE": 1}
        path = f"/opt/xensource/sm/{kind.upper()}SR"
        self.create(
            "SM",
            name_label=kind,
            type=kind,
            features=features,
            capabilities=list(features),
            driver_filename=path,
            version="1.0",
        )

    # hosts --------------------------------------------------------------------------------

    def host(self, machine: Machine, *, enabled: bool, live: bool, tags: list[str]) -> str:
        """A host with metrics, CPUs, its network interface and its control domain."""
        metrics = self.create("host_metrics", memory_total=machine.memory_mib * MIB, live=live, last_updated=self._now)
        ref = self.create("host", **self._host_values(machine, metrics, enabled=enabled, tags=tags))
        for number in range(machine.cpus):
            self._cpu(ref, number)
        self._pif(ref, machine)
        control_domain = self._control_domain(ref, machine)
        self._db.set("host", ref, control_domain=control_domain)
        installed.of_host(self._db, ref, control_domain, machine, self._moment)
        return ref

    def _host_values(self, machine: Machine, metrics: str, *, enabled: bool, tags: list[str]) -> dict[str, t.Any]:
        start = machine.toolstack.start_time
        return {
            "uuid": machine.uuid,
            "name_label": machine.name,
            "name_description": "Default install",
            "hostname": machine.name,
            "address": machine.address,
            "memory_overhead": HOST_OVERHEAD_MIB * MIB,
            "API_version_major": self._profile.api_version[0],
            "API_version_minor": self._profile.api_version[1],
            "API_version_vendor": "XenSource",
            "enabled": enabled,
            "software_version": dict(machine.software.running),
            "other_config": {"agent_start_time": f"{int(start)}.", "boot_time": f"{int(machine.boot_time)}."},
            "cpu_info": {
                "cpu_count": str(machine.cpus),
                "socket_count": "2",
                "vendor": "GenuineIntel",
                "speed": "2400.000",
            },
            "sched_policy": "credit",
            "supported_bootloaders": ["pygrub", "eliloader"],
            "capabilities": ["xen-3.0-x86_64", "hvm-3.0-x86_32", "hvm-3.0-x86_64"],
            "virtual_hardware_platform_versions": [0, 1, 2],
            "metrics": metrics,
            "edition": self._edition,
            "editions": ["xcp-ng"] if "xcp" in self._profile.name else [],
            "license_params": dict(self._restrictions),
            "ssl_legacy": False,
            "tls_verification_enabled": True,
            "tags": tags,
        }

    def _cpu(self, host: str, number: int) -> None:
        values = {
            "vendor": "GenuineIntel",
            "speed": 2400,
            "modelname": "Intel(R) Xeon(R) CPU",
            "family": 6,
            "model": 85,
        }
        self.create("host_cpu", host=host, number=number, **values)

    def _pif(self, host: str, machine: Machine) -> None:
        metrics = self.create(
            "PIF_metrics", carrier=True, speed=10000, duplex=True, pci_bus_path="N/A", last_updated=self._now
        )
        octets = ":".join(f"{int(part):02x}" for part in machine.address.split("."))
        self.create(
            "PIF",
            device="eth0",
            network=self._network,
            host=host,
            MAC=f"02:00:{octets}",
            MTU=1500,
            VLAN=-1,
            metrics=metrics,
            physical=True,
            currently_attached=True,
            ip_configuration_mode="Static",
            IP=machine.address,
            netmask="255.255.255.0",
            management=True,
            managed=True,
            primary_address_type="IPv4",
            properties={"gro": "on"},
            igmp_snooping_status="disabled",
        )

    def _control_domain(self, host: str, machine: Machine) -> str:
        vm = self.vm(self._db.new_uuid(), f"Control domain on host: {machine.name}", machine.dom0_mib, 2, hvm=False)
        self._db.set(
            "VM",
            vm,
            is_control_domain=True,
            power_state="Running",
            resident_on=host,
            affinity=host,
            domid=0,
            domain_type="pv",
        )
        return vm

    # storage ------------------------------------------------------------------------------

    def sr(self, storage: Storage, label: str, machines: list[Machine]) -> str:
        """An SR with a PBD on each of these machines."""
        ref = self.create(
            "SR",
            uuid=storage.uuid,
            name_label=label,
            type=storage.type,
            shared=storage.shared,
            content_type="iso" if storage.type == "iso" else "user",
            physical_size=storage.size_bytes,
            allowed_operations=SR_OPERATIONS,
        )
        for machine in machines:
            host = self._db.by_uuid("host", machine.uuid)
            config = storage.device_config(label)
            self.create("PBD", host=host, SR=ref, device_config=config, currently_attached=machine.powered)
        pool = pool_ref(self._db)
        if storage.shared and self._db.row("pool", pool)["default_SR"] == NULL:
            self._db.set("pool", pool, default_SR=ref)
        return ref

    # guests -------------------------------------------------------------------------------

    def vm(self, uuid: str, label: str, memory_mib: int, vcpus: int, *, tools: bool = True, hvm: bool = True) -> str:
        """A VM that does not run."""
        memory = memory_mib * MIB
        metrics = self.create("VM_metrics", memory_actual=memory, VCPUs_number=vcpus, hvm=hvm, last_updated=self._now)
        self._db.set("VM_metrics", metrics, VCPUs_utilisation={str(number): 0.0 for number in range(vcpus)})
        guest = NULL if tools else self.create("VM_guest_metrics", PV_drivers_detected=False, last_updated=self._now)
        return self.create(
            "VM",
            uuid=uuid,
            name_label=label,
            power_state="Halted",
            user_version=1,
            hardware_platform_version=HARDWARE_PLATFORM,
            memory_static_max=memory,
            memory_dynamic_max=memory,
            memory_dynamic_min=memory,
            memory_static_min=memory,
            memory_overhead=overhead(memory, vcpus, hvm=hvm),
            VCPUs_max=vcpus,
            VCPUs_at_startup=vcpus,
            actions_after_shutdown="destroy",
            actions_after_reboot="restart",
            actions_after_crash="restart",
            HVM_boot_policy="BIOS order" if hvm else "",
            HVM_shadow_multiplier=1.0,
            platform={"acpi": "1", "apic": "true", "pae": "true", "viridian": "true"},
            domain_type="hvm" if hvm else "pv",
            domid=-1,
            metrics=metrics,
            guest_metrics=guest,
        )

    def disk(self, vm: str, sr: str, size_bytes: int) -> str:
        """A disk of a VM."""
        uuid = self._db.new_uuid()
        label = f"{self._db.row('VM', vm)['name_label']}-disk"
        vdi = self.create(
            "VDI", uuid=uuid, location=uuid, name_label=label, SR=sr, virtual_size=size_bytes, type="user", managed=True
        )
        used = self._db.row("SR", sr)["virtual_allocation"] + size_bytes
        self._db.set("SR", sr, virtual_allocation=used, physical_utilisation=used)
        self.create(
            "VBD",
            VM=vm,
            VDI=vdi,
            device="xvda",
            userdevice="0",
            bootable=True,
            mode="RW",
            type="Disk",
            unpluggable=True,
        )
        return vdi

    def runs(self, vm: str, host: str) -> None:
        """The VM runs there; its tools, if it has them, have told of it."""
        if self._db.row("VM", vm)["guest_metrics"] == NULL:
            tools = self.create("VM_guest_metrics", PV_drivers_detected=True, live=True, last_updated=self._now)
            self._db.set("VM", vm, guest_metrics=tools)
        domid = len(self._db.related("host", host, "resident_VMs")) + 1
        self._db.set("VM", vm, power_state="Running", resident_on=host, domid=domid)
        for vbd in self._db.related("VM", vm, "VBDs"):
            self._db.set("VBD", vbd, currently_attached=True)
