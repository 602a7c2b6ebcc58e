# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""allowed_operations and current_operations of pool, host and VM, and who refuses whom.

Sources: ``xapi.md`` 2.2 layer A, 5.8, 7.1; the lists are those that a real xapi shows.
"""

from __future__ import annotations

import typing as t

from . import device_rules, upgrade, vm_rules
from .errors import XapiError
from .model import NULL
from .operation_releases import is_tracked, tracked
from .rows import is_live, merged, pool_ref, pool_row, stamp, without

if t.TYPE_CHECKING:
    from .database import Database
    from .registry import Call

POOL_BLOCKING = {
    "ha_enable": "HA_ENABLE_IN_PROGRESS",
    "ha_disable": "HA_DISABLE_IN_PROGRESS",
    "cluster_create": "CLUSTER_CREATE_IN_PROGRESS",
    "designate_new_master": "DESIGNATE_NEW_MASTER_IN_PROGRESS",
    "tls_verification_enable": "TLS_VERIFICATION_ENABLE_IN_PROGRESS",
    "configure_repositories": "CONFIGURE_REPOSITORIES_IN_PROGRESS",
    "sync_updates": "SYNC_UPDATES_IN_PROGRESS",
    "sync_bundle": "SYNC_BUNDLE_IN_PROGRESS",
    "apply_updates": "APPLY_UPDATES_IN_PROGRESS",
}
POOL_WAITING = (
    "cert_refresh",
    "exchange_certificates_on_join",
    "exchange_ca_certificates_on_join",
    "copy_primary_host_certs",
    "eject",
    "get_updates",
    "exchange_crls_on_join",
)
POOL_HA_OFF_ONLY = ("ha_enable", "cluster_create", "tls_verification_enable")
HOST_ALWAYS = ("vm_migrate", "provision", "vm_resume", "enable", "evacuate", "vm_start")
HOST_DISABLED_ONLY = ("reboot", "shutdown", "apply_updates")
HOST_CREATING = frozenset({"provision", "vm_resume", "vm_migrate"})
HOST_REMOVING = frozenset({"evacuate", "reboot", "shutdown"})
HOST_ALONE = frozenset({"reboot", "shutdown", "apply_updates"})
NOT_ON_CONTROL_DOMAIN = vm_rules.NOT_ON_CONTROL_DOMAIN


class Operation:
    """An entry in current_operations, from ``begin`` to ``end``.

    :ivar key: the task of the call, or a stand-in when it has none.
    """

    def __init__(self, db: Database, cls: str, ref: str, name: str, key: str) -> None:
        self._db = db
        self._cls = cls
        self._ref = ref
        self.key = key
        now = db.row(cls, ref)["current_operations"]
        db.set(cls, ref, current_operations=merged(now, **{key: name}))
        refresh(db, cls, ref)

    def end(self) -> None:
        """It is over; nothing to do when the object has gone, or the master has restarted since."""
        if not self._db.exists(self._cls, self._ref):
            return
        now = self._db.row(self._cls, self._ref)["current_operations"]
        if self.key in now:
            self._db.set(self._cls, self._ref, current_operations=without(now, self.key))
        refresh(self._db, self._cls, self._ref)
        self._db.live.freed(self._cls, self._ref)


def begin(call: Call, cls: str, ref: str, name: str) -> Operation:
    """Enter an operation of this call into an object's current_operations."""
    return Operation(call.db, cls, ref, name, call.task or f"DummyRef:|{call.db.new_uuid()}|{cls}.{name}")


# who refuses whom -------------------------------------------------------------------------


def assert_pool(db: Database, name: str) -> None:
    """Whether a pool operation may begin now.

    :raises XapiError: the code of the operation that is in the way.
    """
    row = pool_row(db)
    for key, current in row["current_operations"].items():
        if not is_tracked(db, "pool", name):
            break
        if current in POOL_BLOCKING:
            raise XapiError(POOL_BLOCKING[current])
        raise XapiError("OTHER_OPERATION_IN_PROGRESS", "pool", pool_ref(db), current, key)
    if name == "ha_enable" and row["ha_enabled"]:
        raise XapiError("HA_IS_ENABLED")
    if name == "ha_disable" and not row["ha_enabled"]:
        raise XapiError("HA_NOT_ENABLED")


def assert_host(db: Database, host: str, name: str) -> None:
    """Whether a host operation may begin now.

    :raises XapiError: HOST_NOT_DISABLED or OTHER_OPERATION_IN_PROGRESS.
    """
    row = db.row("host", host)
    for key, current in row["current_operations"].items():
        if _exclude(name, current):
            raise XapiError("OTHER_OPERATION_IN_PROGRESS", "host", host, current, key)
    if name in HOST_ALONE and row["enabled"]:
        raise XapiError("HOST_NOT_DISABLED")


def _exclude(wanted: str, current: str) -> bool:
    pair = {wanted, current}
    creating_and_removing = bool(pair & HOST_CREATING) and bool(pair & HOST_REMOVING)
    both_alone = wanted in HOST_ALONE and current in HOST_ALONE
    twice = wanted == current and wanted in ("provision", "evacuate")
    return creating_and_removing or both_alone or twice or pair == {"apply_updates", "enable"}


def assert_vm(db: Database, vm: str, name: str) -> None:
    """Whether a VM operation may begin now, asked in xapi's order.

    :raises XapiError: the first reason against it.
    """
    error = vm_rules.error(db, vm, name)
    if error is not None:
        raise error


# allowed_operations -----------------------------------------------------------------------


def refresh(db: Database, cls: str, ref: str) -> None:
    """Write an object's allowed_operations anew."""
    _REFRESH[cls](db, ref)


def refresh_all(db: Database) -> None:
    """Write those of every object anew, after a start of the master."""
    for cls in ("pool", "host", "VM"):
        for ref in db.rows(cls):
            refresh(db, cls, ref)


def refresh_pool(db: Database, pool: str) -> None:
    row = db.row("pool", pool)
    if set(row["current_operations"].values()) & set(POOL_BLOCKING):
        db.set("pool", pool, allowed_operations=[])
        return
    hidden = {*POOL_HA_OFF_ONLY} if row["ha_enabled"] else {"ha_disable"}
    known = tracked(db, "pool", (*POOL_BLOCKING, *POOL_WAITING))
    db.set("pool", pool, allowed_operations=[op for op in known if op not in hidden])


def refresh_host(db: Database, host: str) -> None:
    row = db.row("host", host)
    allowed = [*HOST_ALWAYS, *(() if row["enabled"] else HOST_DISABLED_ONLY)]
    if row["power_on_mode"] and not is_live(db, host):
        allowed.append("power_on")
    if upgrade.in_progress(db):
        allowed = ["provision", "evacuate"]
    allowed = tracked(db, "host", allowed)
    current = row["current_operations"].values()
    db.set("host", host, allowed_operations=[op for op in allowed if not any(_exclude(op, c) for c in current)])


def refresh_vm(db: Database, vm: str) -> None:
    db.set("VM", vm, allowed_operations=vm_rules.allowed(db, vm))
    for vbd in db.related("VM", vm, "VBDs"):
        device_rules.refresh_vbd(db, vbd)
    for vif in db.related("VM", vm, "VIFs"):
        device_rules.refresh_vif(db, vif)


_REFRESH: dict[str, t.Callable[[Database, str], None]] = {
    "pool": refresh_pool,
    "host": refresh_host,
    "VM": refresh_vm,
    "VDI": device_rules.refresh_vdi,
}


def clear_vms(db: Database) -> None:
    """A master that starts knows of no operation in progress, and of no VM on its way."""
    for vm in db.rows("VM"):
        db.set("VM", vm, current_operations={}, scheduled_to_be_resident_on=NULL)


def cancel_tasks_on(db: Database, host: str, now: float) -> None:
    """The tasks of a host whose toolstack has restarted end as cancelled (``xapi.md`` 1.6)."""
    for task in db.find("task", status="pending", resident_on=host):
        db.set("task", task, status="cancelled", finished=stamp(now), error_info=["TASK_CANCELLED", task])
