# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One-to-many relations of the datamodel: the set is derived from the single references.

``RELATIONS[(class, set field)] == (other class, reference field)``; a record shows the set,
only the reference is ever written.
"""

from __future__ import annotations

RELATIONS: dict[tuple[str, str], tuple[str, str]] = {
    ("host", "resident_VMs"): ("VM", "resident_on"),
    ("host", "PBDs"): ("PBD", "host"),
    ("host", "PIFs"): ("PIF", "host"),
    ("host", "host_CPUs"): ("host_cpu", "host"),
    ("host", "patches"): ("host_patch", "host"),
    ("host", "PCIs"): ("PCI", "host"),
    ("host", "PGPUs"): ("PGPU", "host"),
    ("host", "PUSBs"): ("PUSB", "host"),
    ("host", "crashdumps"): ("host_crashdump", "host"),
    ("host", "certificates"): ("Certificate", "host"),
    ("host", "features"): ("Feature", "host"),
    ("pool_patch", "host_patches"): ("host_patch", "pool_patch"),
    ("SR", "PBDs"): ("PBD", "SR"),
    ("SR", "VDIs"): ("VDI", "SR"),
    ("VDI", "VBDs"): ("VBD", "VDI"),
    ("VDI", "snapshots"): ("VDI", "snapshot_of"),
    ("VDI", "crash_dumps"): ("crashdump", "VDI"),
    ("VM", "VBDs"): ("VBD", "VM"),
    ("VM", "VIFs"): ("VIF", "VM"),
    ("VM", "VUSBs"): ("VUSB", "VM"),
    ("VM", "VGPUs"): ("VGPU", "VM"),
    ("VM", "VTPMs"): ("VTPM", "VM"),
    ("VM", "consoles"): ("console", "VM"),
    ("VM", "crash_dumps"): ("crashdump", "VM"),
    ("VM", "snapshots"): ("VM", "snapshot_of"),
    ("VM", "children"): ("VM", "parent"),
    ("network", "PIFs"): ("PIF", "network"),
    ("network", "VIFs"): ("VIF", "network"),
    ("PIF", "VLAN_slave_of"): ("VLAN", "tagged_PIF"),
    ("PIF", "bond_master_of"): ("Bond", "master"),
    ("Bond", "slaves"): ("PIF", "bond_slave_of"),
    ("PIF", "tunnel_access_PIF_of"): ("tunnel", "access_PIF"),
    ("PIF", "tunnel_transport_PIF_of"): ("tunnel", "transport_PIF"),
    ("session", "tasks"): ("task", "session"),
    ("task", "subtasks"): ("task", "subtask_of"),
    ("Cluster", "cluster_hosts"): ("Cluster_host", "cluster"),
    ("VM_appliance", "VMs"): ("VM", "appliance"),
}
SOURCES: dict[tuple[str, str], tuple[str, str]] = {source: target for target, source in RELATIONS.items()}
