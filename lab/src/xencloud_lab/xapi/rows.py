# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Short ways to rows that everybody needs, and values as the database holds them."""

from __future__ import annotations

import datetime
import typing as t

from .errors import XapiError
from .model import NULL

if t.TYPE_CHECKING:
    from ..machines import Machine
    from ..world import World
    from .database import Database, Row

MIB = 1024 * 1024
GUIDANCE_FIELDS = {
    "mandatory": "pending_guidances",
    "recommended": "pending_guidances_recommended",
    "full": "pending_guidances_full",
}


def stamp(now: float) -> str:
    """A moment as the database holds dates."""
    return datetime.datetime.fromtimestamp(int(now), datetime.UTC).strftime("%Y%m%dT%H:%M:%SZ")


def pool_ref(db: Database) -> str:
    """The reference of the only pool row."""
    return next(iter(db.rows("pool")))


def pool_row(db: Database) -> Row:
    """The pool's row."""
    return db.row("pool", pool_ref(db))


def host_ref(db: Database, machine: Machine) -> str:
    """The reference of a machine's host row.

    :raises XapiError: UUID_INVALID when this pool does not know it.
    """
    return db.by_uuid("host", machine.uuid)


def machine_of(world: World, db: Database, host: str) -> Machine:
    """The machine behind a host reference.

    :raises XapiError: HANDLE_INVALID, or HOST_OFFLINE for a row without a machine.
    """
    machine = world.machine_of(db.row("host", host)["uuid"])
    if machine is None:
        raise XapiError("HOST_OFFLINE", host)
    return machine


def is_live(db: Database, host: str) -> bool:
    """Whether the pool believes that this host lives."""
    metrics = db.row("host", host)["metrics"]
    return db.exists("host_metrics", metrics) and bool(db.row("host_metrics", metrics)["live"])


def set_live(db: Database, host: str, live: bool, now: float) -> None:
    """Write what the pool believes about this host's life."""
    db.set("host_metrics", db.row("host", host)["metrics"], live=live, last_updated=stamp(now))


def is_guest(row: Row) -> bool:
    """Whether a VM row is a guest: no control domain, template or snapshot (``xapi.md`` 7.4)."""
    return not (row["is_control_domain"] or row["is_a_template"] or row["is_a_snapshot"])


def guests_on(db: Database, host: str) -> list[str]:
    """Guests that run on this host, as the database has it."""
    return [vm for vm in db.related("host", host, "resident_VMs") if is_guest(db.row("VM", vm))]


def is_protected(row: Row) -> bool:
    """Whether HA restarts this VM for sure (``xapi.md`` 7.3)."""
    return bool(row["ha_always_run"]) and row["ha_restart_priority"] == "restart"


def set_running(db: Database, vm: str, host: str, domid: int) -> None:
    """The VM runs there."""
    db.set("VM", vm, power_state="Running", resident_on=host, scheduled_to_be_resident_on=NULL, domid=domid)
    for vbd in db.related("VM", vm, "VBDs"):
        db.set("VBD", vbd, currently_attached=not db.row("VBD", vbd)["empty"])
    for vif in db.related("VM", vm, "VIFs"):
        db.set("VIF", vif, currently_attached=True)


def set_halted(db: Database, vm: str) -> None:
    """The VM does not run; whatever it was to be restarted for is done."""
    db.set("VM", vm, power_state="Halted", resident_on=NULL, scheduled_to_be_resident_on=NULL, domid=-1)
    db.set("VM", vm, **{field: [] for field in GUIDANCE_FIELDS.values()})
    for vbd in db.related("VM", vm, "VBDs"):
        db.set("VBD", vbd, currently_attached=False)
    for vif in db.related("VM", vm, "VIFs"):
        db.set("VIF", vif, currently_attached=False)


def merged(mapping: dict[str, str], **changes: str) -> dict[str, str]:
    """A new map: rows are only ever given new values."""
    return {**mapping, **changes}


def without(mapping: dict[str, t.Any], key: str) -> dict[str, t.Any]:
    """A new map without this key."""
    return {k: v for k, v in mapping.items() if k != key}
