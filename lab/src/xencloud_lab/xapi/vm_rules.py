# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which operation a VM allows when: power states, templates, snapshots, guests without tools.

Sources: ``xapi.md`` 5.4, 6.6 and 7.1; the lists are those that a real xapi shows for running and
halted VMs and control domains, the rest is the table of xapi_vm_lifecycle.
"""

from __future__ import annotations

import typing as t

from . import upgrade
from .errors import XapiError
from .model import NULL, load

if t.TYPE_CHECKING:
    from .database import Database, Row

NOT_ON_CONTROL_DOMAIN = "This operation is not allowed on a control domain"

_ALWAYS = ("metadata_export", "migrate_send", "snapshot")
_HALTED = (
    "changing_NVRAM",
    "changing_dynamic_range",
    "changing_shadow_memory",
    "changing_static_range",
    "clone",
    "copy",
    "create_vtpm",
    "destroy",
    "export",
    "make_into_template",
    "start",
    "start_on",
)
_RUNNING = (
    "changing_VCPUs_live",
    "changing_dynamic_range",
    "checkpoint",
    "clean_reboot",
    "clean_shutdown",
    "hard_reboot",
    "hard_shutdown",
    "pause",
    "pool_migrate",
    "suspend",
    "sysprep",
)
_BY_STATE = {
    "Halted": (*_HALTED, *_ALWAYS),
    "Running": (*_RUNNING, *_ALWAYS),
    "Paused": ("checkpoint", "hard_reboot", "hard_shutdown", "unpause", *_ALWAYS),
    "Suspended": ("checkpoint", "destroy", "export", "hard_shutdown", "resume", "resume_on", *_ALWAYS),
}
_CONTROL_DOMAIN = (
    "changing_dynamic_range",
    "changing_static_range",
    "destroy",
    "metadata_export",
    "start",
    "start_on",
)
_TEMPLATE = (
    "changing_NVRAM",
    "changing_dynamic_range",
    "changing_memory_limits",
    "changing_shadow_memory",
    "changing_static_range",
    "changing_VCPUs",
    "clone",
    "copy",
    "create_vtpm",
    "destroy",
    "export",
    "metadata_export",
    "provision",
)
_SNAPSHOT = ("clone", "copy", "destroy", "export", "hard_shutdown", "metadata_export", "revert")
_HIDDEN = frozenset({"changing_memory_limits", "changing_VCPUs", "create_vtpm"})
_NOT_IN_UPGRADE = frozenset(
    {
        "snapshot",
        "checkpoint",
        "revert",
        "changing_static_range",
        "changing_dynamic_range",
        "changing_memory_limits",
        "changing_VCPUs",
        "call_plugin",
        "data_source_op",
    }
)
_NEEDS_TOOLS = frozenset(
    {"clean_shutdown", "clean_reboot", "suspend", "checkpoint", "pool_migrate", "changing_VCPUs_live"}
)
_TIED = frozenset({"suspend", "checkpoint", "pool_migrate", "migrate_send"})
_WITH_OTHERS = (
    (frozenset({"clone", "copy", "export"}), frozenset({"clone", "copy", "export"})),
    (frozenset({"snapshot", "checkpoint"}), frozenset({"snapshot", "checkpoint"})),
    (frozenset({"clean_shutdown", "clean_reboot"}), frozenset({"hard_shutdown"})),
    (
        frozenset({"migrate_send"}),
        frozenset({"metadata_export", "hard_shutdown", "clean_shutdown", "hard_reboot", "clean_reboot"}),
    ),
)
_POWER_STATES = {
    "start": ("halted",),
    "start_on": ("halted",),
    "provision": ("halted",),
    "make_into_template": ("halted",),
    "changing_static_range": ("halted",),
    "changing_memory_limits": ("halted",),
    "changing_shadow_memory": ("halted",),
    "changing_VCPUs": ("halted",),
    "changing_NVRAM": ("halted",),
    "changing_dynamic_range": ("halted", "running"),
    "changing_VCPUs_live": ("running",),
    "pool_migrate": ("running",),
    "clean_shutdown": ("running",),
    "clean_reboot": ("running",),
    "pause": ("running",),
    "suspend": ("running",),
    "hard_reboot": ("paused", "running"),
    "hard_shutdown": ("paused", "suspended", "running"),
    "resume": ("suspended",),
    "resume_on": ("suspended",),
    "unpause": ("paused",),
    "destroy": ("halted", "suspended"),
    "export": ("halted", "suspended"),
    "checkpoint": ("paused", "suspended", "running"),
}


def error(db: Database, vm: str, name: str) -> XapiError | None:
    """The first reason against an operation now, in xapi's order."""
    row = db.row("VM", vm)
    return (
        _blocked(vm, row, name)
        or _power_state(vm, row, name)
        or _in_progress(vm, row, name)
        or _kind(vm, row, name)
        or _control_domain(row, name)
        or _upgrade(db, name)
        or _tied(db, vm, row, name)
    )


def _blocked(vm: str, row: Row, name: str) -> XapiError | None:
    blocked = row["blocked_operations"]
    return XapiError("OPERATION_BLOCKED", vm, blocked[name]) if name in blocked else None


def _power_state(vm: str, row: Row, name: str) -> XapiError | None:
    needed, actual = _states(row, name), row["power_state"].lower()
    if not needed or actual in needed:
        return None
    return XapiError("VM_BAD_POWER_STATE", vm, ", ".join(needed), actual)


def _states(row: Row, name: str) -> tuple[str, ...]:
    if name in ("clone", "copy"):
        return ("halted", "suspended") if row["is_a_snapshot"] else ("halted",)
    return _POWER_STATES.get(name, ())


def _in_progress(vm: str, row: Row, name: str) -> XapiError | None:
    current = row["current_operations"]
    for running, allowed in _WITH_OTHERS:
        if name in allowed and set(current.values()) <= running:
            return None
    for key, operation in current.items():
        return XapiError("OTHER_OPERATION_IN_PROGRESS", "VM", vm, operation, key)
    return None


def _kind(vm: str, row: Row, name: str) -> XapiError | None:
    """What templates and snapshots are not for, and what only they are for."""
    if row["is_a_snapshot"]:
        return None if name in _SNAPSHOT else XapiError("VM_IS_SNAPSHOT", vm, name)
    if row["is_a_template"]:
        default = name == "destroy" and is_default_template(row)
        return XapiError("VM_IS_TEMPLATE", vm, name) if default or name not in _TEMPLATE else None
    if name == "provision":
        return XapiError("ONLY_PROVISION_TEMPLATE")
    return XapiError("ONLY_REVERT_SNAPSHOT") if name == "revert" else None


def is_default_template(row: Row) -> bool:
    """Whether a template came with the product."""
    return bool(row["is_default_template"]) or row["other_config"].get("default_template") == "true"


def _control_domain(row: Row, name: str) -> XapiError | None:
    if not row["is_control_domain"] or name in ("metadata_export", "changing_dynamic_range", "start", "start_on"):
        return None
    return XapiError("OPERATION_NOT_ALLOWED", NOT_ON_CONTROL_DOMAIN)


def _upgrade(db: Database, name: str) -> XapiError | None:
    """A pool of mixed versions (``xapi.md`` 6.6)."""
    if name in _NOT_IN_UPGRADE and upgrade.in_progress(db):
        return XapiError("NOT_SUPPORTED_DURING_UPGRADE")
    return None


def _tied(db: Database, vm: str, row: Row, name: str) -> XapiError | None:
    """Devices that tie a VM to its host, and a guest that cannot take part (``xapi.md`` 5.4, 7.1)."""
    if name in _TIED:
        if row["attached_PCIs"]:
            return XapiError("VM_HAS_PCI_ATTACHED", vm)
        for field, code in (("VGPUs", "VM_HAS_VGPU"), ("VUSBs", "VM_HAS_VUSBS")):
            if db.related("VM", vm, field):
                return XapiError(code, vm)
    if name in _NEEDS_TOOLS and row["power_state"] == "Running" and not has_tools(db, row):
        return XapiError(_without_tools(db), vm)
    return None


def _without_tools(db: Database) -> str:
    """The code of 6.x was another one (``xapi.md`` 5.4, 7.1; since when is an inference)."""
    return "VM_LACKS_FEATURE" if load().has(db.release, "dundee", None) else "VM_MISSING_PV_DRIVERS"


def has_tools(db: Database, row: Row) -> bool:
    """Whether the guest takes part in what is done with it: PV guests do, others with drivers."""
    guest = row["guest_metrics"]
    if row["domain_type"] != "hvm":
        return True
    return db.exists("VM_guest_metrics", guest) and bool(db.row("VM_guest_metrics", guest)["PV_drivers_detected"])


def allowed(db: Database, vm: str) -> list[str]:
    """VM.allowed_operations."""
    row = db.row("VM", vm)
    if row["is_control_domain"]:
        return list(_CONTROL_DOMAIN)
    candidates = _BY_STATE.get(row["power_state"], ())
    if row["is_a_template"] or row["is_a_snapshot"]:
        candidates = tuple(op for op in (*_TEMPLATE, "revert") if op not in _HIDDEN)
    special = row["current_operations"] or row["blocked_operations"] or row["is_a_template"] or row["is_a_snapshot"]
    if special or upgrade.in_progress(db) or not _plain(db, vm, row):
        return [op for op in candidates if error(db, vm, op) is None]
    return list(candidates)


def _plain(db: Database, vm: str, row: Row) -> bool:
    """Whether nothing but its state matters: the common case, worth asking first in big pools."""
    if row["attached_PCIs"] or db.related("VM", vm, "VGPUs") or db.related("VM", vm, "VUSBs"):
        return False
    return row["power_state"] != "Running" or has_tools(db, row)


def resident_on(db: Database, vm: str) -> str:
    """The host where it runs, NULL when it does not.

    :raises XapiError: HANDLE_INVALID.
    """
    host = db.row("VM", vm)["resident_on"]
    return str(host) if db.exists("host", host) else NULL
