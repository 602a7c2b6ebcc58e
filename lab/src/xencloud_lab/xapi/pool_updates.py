# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Updates of XenServer 7.1 to Citrix Hypervisor 8.2: pool_update, and pool_patch as its shadow (``xapi.md`` 6.3)."""

from __future__ import annotations

import typing as t

from .. import updates
from ..timeline import Completion
from . import hotfix_checks, patches
from .errors import XapiError
from .installing import Installation, after_apply, patches_live
from .model import NULL
from .rows import host_ref, pool_row

if t.TYPE_CHECKING:
    from ..machines import Machine
    from ..pools import Pool
    from ..software import Package
    from ..world import World
    from .database import Database
    from .registry import Call
    from .toolstack import Toolstack


def introduce(world: World, machine: Machine, db: Database, vdi: str) -> str:
    """The update whose image lies on this disk; the answer is its pool_update.

    :raises XapiError: VDI_INCOMPATIBLE_TYPE, INVALID_UPDATE or UPDATE_ALREADY_EXISTS.
    """
    row = db.row("VDI", vdi)
    if row["type"] == "cbt_metadata":
        raise XapiError("VDI_INCOMPATIBLE_TYPE", vdi, row["type"])
    package = _on_disk(world, machine, db, vdi)
    if package is None:
        raise XapiError("INVALID_UPDATE", f"{row['name_label']} holds no update")
    known = db.find("pool_update", uuid=package.uuid)
    if known:
        raise XapiError("UPDATE_ALREADY_EXISTS", package.uuid)
    return create(db, package, vdi)


def _on_disk(world: World, machine: Machine, db: Database, vdi: str) -> Package | None:
    row = db.row("VDI", vdi)
    array = world.storage.get(db.row("SR", row["SR"])["uuid"])
    name = array.images.get(row["uuid"]) if array is not None else None
    return machine.software.named(name) if name is not None else None


def create(db: Database, package: Package, vdi: str) -> str:
    """The row of an update, and its shadow."""
    update = db.create(
        "pool_update",
        uuid=package.uuid,
        name_label=package.name,
        name_description=package.description,
        version=package.version,
        installation_size=package.size_bytes,
        after_apply_guidance=after_apply(package),
        enforce_homogeneity=package.homogeneous,
        vdi=vdi,
    )
    db.set("pool_patch", patches.create(db, package, update=update), uuid=shadow_uuid(package.uuid))
    return update


def shadow_uuid(uuid: str) -> str:
    """The uuid of the pool_patch that stands for an update: bytes 4 to 7 are zero."""
    return f"{uuid[:8]}-0000-0000{uuid[18:]}"


def shadow_of(db: Database, update: str) -> str | None:
    """The pool_patch that stands for an update."""
    return next(iter(db.find("pool_patch", pool_update=update)), None)


def package_of(machine: Machine, db: Database, update: str) -> Package:
    """The package behind a pool_update.

    :raises XapiError: HANDLE_INVALID, or CANNOT_FIND_UPDATE when its image has been cleaned away.
    """
    row = db.row("pool_update", update)
    package = machine.software.known(row["uuid"])
    if package is None or not db.exists("VDI", row["vdi"]):
        raise XapiError("CANNOT_FIND_UPDATE")
    return package


# one host ---------------------------------------------------------------------------------


def precheck(call: Call, update: str, machine: Machine, host: str) -> str:
    """Whether it fits, and whether it takes effect without a reboot."""
    package = package_of(machine, call.db, update)
    hotfix_checks.assert_fits(hotfix_checks.UPDATE_CODES, call.db, update, machine, host, package)
    if not package.livepatch:
        return "ok"
    return "ok_livepatch_incomplete" if pool_row(call.db)["live_patching_disabled"] else "ok_livepatch_complete"


class UpdateApply(Installation):
    """pool_update.apply."""

    def __init__(self, call: Call, machine: Machine, host: str, update: str, package: Package) -> None:
        super().__init__(call, machine, host, [package])
        self._update = update

    def record(self) -> None:
        db, package = self.call.db, self.packages[0]
        note_applied(db, self._update, self.host, self.call.now)
        if "reboot" in package.needs() and not patches_live(db, package):
            waiting = db.row("host", self.host)["updates_requiring_reboot"]
            db.set("host", self.host, updates_requiring_reboot=[*waiting, self._update])

    def failed(self, output: str) -> XapiError:
        return XapiError("UPDATE_APPLY_FAILED", output)


def apply(call: Call, update: str, machine: Machine, host: str) -> Completion:
    """Precheck and installation on one host.

    :raises XapiError: UPDATE_ALREADY_APPLIED, or the precheck's refusal.
    """
    if host in call.db.row("pool_update", update)["hosts"]:
        raise XapiError("UPDATE_ALREADY_APPLIED", update)
    precheck(call, update, machine, host)
    return UpdateApply(call, machine, host, update, package_of(machine, call.db, update)).submit()


def note_applied(db: Database, update: str, host: str, now: float) -> None:
    """Write down, on both sides, that a host has it."""
    hosts, applied = db.row("pool_update", update)["hosts"], db.row("host", host)["updates"]
    if host not in hosts:
        db.set("pool_update", update, hosts=[*hosts, host])
    if update not in applied:
        db.set("host", host, updates=[*applied, update])
    shadow = shadow_of(db, update)
    if shadow is not None:
        patches.note_applied(db, shadow, host, now)


def destroy(db: Database, update: str) -> None:
    """Forget an update and its shadow."""
    shadow = shadow_of(db, update)
    if shadow is not None:
        for row in db.related("pool_patch", shadow, "host_patches"):
            db.destroy("host_patch", row)
        db.destroy("pool_patch", shadow)
    db.destroy("pool_update", update)


# a whole pool -----------------------------------------------------------------------------


def begin(pool: Pool, db: Database) -> None:
    """Rows of what the estate says is introduced or applied at the beginning."""
    for package in pool.machines[0].software.repository:
        applied = [machine for machine in pool.machines if machine.software.has(package)]
        if not applied and not package.uploaded:
            continue
        update = create(db, package, _image(pool, db, package) if package.uploaded else NULL)
        for machine in applied:
            note_applied(db, update, host_ref(db, machine), pool.world.timeline.now)


def _image(pool: Pool, db: Database, package: Package) -> str:
    """A disk with the image of an update, on the first storage repository that is shared, else on the first."""
    srs = sorted(db.rows("SR"), key=lambda ref: not db.row("SR", ref)["shared"])
    if not srs:
        return NULL
    return store_image(pool.world, db, srs[0], f"{package.name}.iso", package.size_bytes, updates.file_of(package.name))


def store_image(world: World, db: Database, sr: str, label: str, size_bytes: int, contents: bytes) -> str:
    """A new disk with these contents."""
    uuid = db.new_uuid()
    vdi = db.create(
        "VDI",
        uuid=uuid,
        location=uuid,
        name_label=label,
        SR=sr,
        virtual_size=size_bytes,
        type="user",
        managed=True,
    )
    fill(world, db, vdi, contents)
    return vdi


def fill(world: World, db: Database, vdi: str, contents: bytes) -> None:
    """Write raw contents on a disk; the lab keeps only which update they are."""
    row = db.row("VDI", vdi)
    array, name = world.storage.get(db.row("SR", row["SR"])["uuid"]), updates.named_in(contents)
    if array is not None and name is not None:
        array.images[row["uuid"]] = name
    elif array is not None:
        array.images.pop(row["uuid"], None)


def host_started(toolstack: Toolstack, db: Database, *, booted: bool) -> None:
    """resync_host: what the host has, and that a boot has made all of it run."""
    machine = toolstack.machine
    host, now = host_ref(db, machine), toolstack.world.timeline.now
    for field in ("updates", "updates_requiring_reboot"):
        known = [ref for ref in db.row("host", host)[field] if db.exists("pool_update", ref)]
        db.set("host", host, **{field: known})
    for package in machine.software.installed.values():
        known = db.find("pool_update", uuid=package.uuid) or [create(db, package, NULL)]
        note_applied(db, known[0], host, now)
    if booted:
        db.set("host", host, updates_requiring_reboot=[])
