# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hotfixes of XenServer 6.0 to 7.0: pool_patch and host_patch (``xapi.md`` 6.2).

Nothing here looks at HA, at ``enabled`` or at running VMs; only a hotfix's own questions do.
"""

from __future__ import annotations

import typing as t

from .. import updates
from ..timeline import Completion
from . import hotfix_checks
from .errors import XapiError
from .installing import Installation, after_apply
from .model import NULL
from .rows import host_ref, stamp

if t.TYPE_CHECKING:
    from ..machines import Machine
    from ..pools import Pool
    from ..software import Package
    from .database import Database
    from .registry import Call
    from .toolstack import Toolstack


def upload(call: Call, contents: bytes) -> str:
    """A hotfix file has arrived on the master; the answer is its pool_patch.

    :raises XapiError: INVALID_PATCH or PATCH_ALREADY_EXISTS.
    """
    name = updates.named_in(contents)
    package = call.machine.software.named(name) if name is not None else None
    if package is None:
        raise XapiError("INVALID_PATCH")
    if call.db.find("pool_patch", uuid=package.uuid):
        raise XapiError("PATCH_ALREADY_EXISTS", package.uuid)
    call.machine.software.files.add(package.uuid)
    return create(call.db, package)


def create(db: Database, package: Package, *, update: str = NULL) -> str:
    """The row of a hotfix that nobody has yet."""
    return db.create(
        "pool_patch",
        uuid=package.uuid,
        name_label=package.name,
        name_description=package.description,
        version=package.version,
        size=package.size_bytes,
        after_apply_guidance=after_apply(package),
        pool_update=update,
    )


def package_of(machine: Machine, db: Database, patch: str) -> Package:
    """The hotfix behind a pool_patch.

    :raises XapiError: HANDLE_INVALID, or CANNOT_FIND_PATCH for one whose file nobody knows.
    """
    package = machine.software.known(db.row("pool_patch", patch)["uuid"])
    if package is None:
        raise XapiError("CANNOT_FIND_PATCH")
    return package


def is_applied(db: Database, patch: str, host: str | None = None) -> bool:
    """Whether it is applied on this host; on any host without one."""
    rows = (db.row("host_patch", ref) for ref in db.related("pool_patch", patch, "host_patches"))
    return any(row["applied"] and host in (None, row["host"]) for row in rows)


def note_applied(db: Database, patch: str, host: str, now: float) -> None:
    """Write down that a host has it."""
    row = db.row("pool_patch", patch)
    if not is_applied(db, patch, host):
        db.create(
            "host_patch",
            pool_patch=patch,
            host=host,
            applied=True,
            timestamp_applied=stamp(now),
            name_label=row["name_label"],
            name_description=row["name_description"],
            version=row["version"],
            size=row["size"],
        )
    db.set("pool_patch", patch, pool_applied=all(is_applied(db, patch, other) for other in db.rows("host")))


# one host ---------------------------------------------------------------------------------


def precheck(call: Call, patch: str, machine: Machine, host: str) -> Package:
    """The file, and the hotfix's own questions.

    :raises XapiError: the first refusal.
    """
    package = package_of(machine, call.db, patch)
    if is_applied(call.db, patch, host):
        raise XapiError("PATCH_ALREADY_APPLIED", patch)
    _fetch(call, machine, package)
    hotfix_checks.assert_fits(hotfix_checks.PATCH_CODES, call.db, patch, machine, host, package)
    return package


def _fetch(call: Call, machine: Machine, package: Package) -> None:
    """A host without the file gets it from the master."""
    files = machine.software.files
    if package.uuid in files:
        return
    if machine is call.machine:
        raise XapiError("CANNOT_FIND_PATCH")
    if package.uuid not in call.machine.software.files:
        raise XapiError("CANNOT_FETCH_PATCH", package.uuid)
    files.add(package.uuid)


class PatchApply(Installation):
    """pool_patch.apply; the answer is what the hotfix's script prints."""

    def __init__(self, call: Call, machine: Machine, host: str, patch: str, package: Package) -> None:
        super().__init__(call, machine, host, [package])
        self._patch = patch

    def record(self) -> str:
        note_applied(self.call.db, self._patch, self.host, self.call.now)
        return f"{self.packages[0].name}: applied\n"

    def failed(self, output: str) -> XapiError:
        return XapiError("PATCH_APPLY_FAILED", output)


def apply(call: Call, patch: str, machine: Machine, host: str) -> Completion:
    """Precheck and installation on one host."""
    package = precheck(call, patch, machine, host)
    return PatchApply(call, machine, host, patch, package).submit()


# a whole pool -----------------------------------------------------------------------------


def begin(pool: Pool, db: Database) -> None:
    """Rows of what the estate says is uploaded or applied at the beginning."""
    for package in pool.machines[0].software.repository:
        applied = [machine for machine in pool.machines if machine.software.has(package)]
        if not applied and not package.uploaded:
            continue
        patch = create(db, package)
        for machine in pool.machines:
            machine.software.files.add(package.uuid)
        for machine in applied:
            note_applied(db, patch, host_ref(db, machine), pool.world.timeline.now)


def host_started(toolstack: Toolstack, db: Database) -> None:
    """A host tells what is applied on it; the pool may know less, from an old database."""
    machine, now = toolstack.machine, toolstack.world.timeline.now
    for package in machine.software.installed.values():
        known = db.find("pool_patch", uuid=package.uuid) or [create(db, package)]
        note_applied(db, known[0], host_ref(db, machine), now)
