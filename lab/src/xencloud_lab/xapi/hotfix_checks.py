# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a hotfix asks a host before it goes in (``xapi.md`` 6.2, 6.3).

The questions are the same in both generations of hotfixes; the codes differ.
"""

from __future__ import annotations

import typing as t

from .errors import XapiError
from .model import NULL
from .rows import guests_on

if t.TYPE_CHECKING:
    from ..machines import Machine
    from ..software import Package
    from .database import Database

Problem = tuple[str, tuple[str, ...]]
PATCH_CODES = {
    "prerequisite": "PATCH_PRECHECK_FAILED_PREREQUISITE_MISSING",
    "conflict": "PATCH_PRECHECK_FAILED_UNKNOWN_ERROR",
    "vm_running": "PATCH_PRECHECK_FAILED_VM_RUNNING",
    "iso_mounted": "PATCH_PRECHECK_FAILED_ISO_MOUNTED",
    "out_of_space": "PATCH_PRECHECK_FAILED_OUT_OF_SPACE",
    "wrong_version": "PATCH_PRECHECK_FAILED_WRONG_SERVER_VERSION",
    "unknown_error": "PATCH_PRECHECK_FAILED_UNKNOWN_ERROR",
}
UPDATE_CODES = {
    "prerequisite": "UPDATE_PRECHECK_FAILED_PREREQUISITE_MISSING",
    "conflict": "UPDATE_PRECHECK_FAILED_CONFLICT_PRESENT",
    "vm_running": "PATCH_PRECHECK_FAILED_VM_RUNNING",
    "iso_mounted": "PATCH_PRECHECK_FAILED_ISO_MOUNTED",
    "out_of_space": "UPDATE_PRECHECK_FAILED_OUT_OF_SPACE",
    "wrong_version": "UPDATE_PRECHECK_FAILED_WRONG_SERVER_VERSION",
    "unknown_error": "UPDATE_PRECHECK_FAILED_UNKNOWN_ERROR",
}


def assert_fits(
    codes: t.Mapping[str, str], db: Database, ref: str, machine: Machine, host: str, package: Package
) -> None:
    """Whether a hotfix may go in on this host.

    :param ref: the pool_patch or pool_update that the error names.
    :raises XapiError: the first question with a bad answer.
    """
    problem = _dependencies(machine, package) or _own_question(db, machine, host, package)
    if problem is not None:
        kind, details = problem
        raise XapiError(codes[kind], ref, *details)


def _dependencies(machine: Machine, package: Package) -> Problem | None:
    software = machine.software
    missing = [name for name in package.requires if name not in software.installed]
    if missing:
        return "prerequisite", (" ".join(_uuid(machine, name) for name in missing),)
    for name in package.conflicts:
        if name in software.installed:
            return "conflict", (_uuid(machine, name),)
    return None


def _uuid(machine: Machine, name: str) -> str:
    package = machine.software.named(name)
    return package.uuid if package else name


def _own_question(db: Database, machine: Machine, host: str, package: Package) -> Problem | None:
    version = machine.software.running["product_version"]
    match package.refuses:
        case "vm_running" if guests_on(db, host):
            return "vm_running", ()
        case "iso_mounted" if _mounted_iso(db, host):
            return "iso_mounted", ()
        case "out_of_space":
            return "out_of_space", (str(package.size_bytes // 2), str(package.size_bytes))
        case "wrong_version":
            return "wrong_version", (version, "0.0.0")
        case "unknown_error":
            return "unknown_error", ("the precheck of the hotfix failed",)
        case _:
            return None


def _mounted_iso(db: Database, host: str) -> bool:
    drives = (vbd for vm in guests_on(db, host) for vbd in db.related("VM", vm, "VBDs"))
    return any(db.row("VBD", vbd)["type"] == "CD" and db.row("VBD", vbd)["VDI"] != NULL for vbd in drives)
