# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pool.enable_ha and pool.disable_ha, step by step (``xapi.md`` 2.2, 2.3, 2.7)."""

from __future__ import annotations

import re
import typing as t

from ..timeline import Completion
from . import ha_monitor, ha_plan, licence, operations, upgrade
from .coordinator import push_database
from .errors import XapiError
from .rows import host_ref, is_live, machine_of, pool_ref, pool_row

if t.TYPE_CHECKING:
    from ..machines import Machine
    from .database import Database
    from .registry import Call
    from .toolstack import Toolstack

STATEFILE_BYTES = 266_240
REDO_LOG_BYTES = 3_988_783_104
SPACE_BYTES = 4 * 1024 * 1024 + REDO_LOG_BYTES
STATEFILE_FEATURES = ("VDI_GENERATE_CONFIG", "VDI_ATTACH_OFFLINE")
LEAST_TIMEOUT_S = 10


def assert_can_enable(db: Database) -> None:
    """Checks 5 to 10 of enable_ha; 1 to 4 are the pool operation's.

    :raises XapiError: the first that fails.
    """
    if upgrade.hosts_differ(db):
        raise XapiError("NOT_SUPPORTED_DURING_UPGRADE")
    licence.assert_feature(db, licence.HA)
    unplugged = [r for r, pif in db.rows("PIF").items() if pif["disallow_unplug"] and not pif["currently_attached"]]
    if unplugged:
        raise XapiError("REQUIRED_PIF_IS_UNPLUGGED", *unplugged)
    for host in db.rows("host"):
        if not is_live(db, host):
            raise XapiError("HOST_OFFLINE", host)


def assert_statefile_sr(db: Database, sr: str, hosts: t.Iterable[str] | None = None) -> None:
    """Checks 14 and 15: whether this SR can hold the statefile. ``shared`` is not asked.

    :param hosts: those that must have it plugged; all of them by default.
    :raises XapiError: the first that fails.
    """
    row = db.row("SR", sr)
    attached = {
        db.row("PBD", p)["host"] for p in db.related("SR", sr, "PBDs") if db.row("PBD", p)["currently_attached"]
    }
    if not attached >= set(db.rows("host") if hosts is None else hosts):
        raise XapiError("SR_HAS_NO_PBDS", sr)
    features: dict[str, int] = next((sm["features"] for sm in db.rows("SM").values() if sm["type"] == row["type"]), {})
    if not any(feature in features for feature in STATEFILE_FEATURES):
        raise XapiError("SR_OPERATION_NOT_SUPPORTED", sr)
    space = row["physical_size"] - row["physical_utilisation"]
    if _existing(db, sr, "ha_statefile") is None and space < SPACE_BYTES:
        raise XapiError("SR_SOURCE_SPACE_INSUFFICIENT", sr)


def choose_sr(db: Database, wanted: list[str]) -> str:
    """Check 13: the first of the wanted ones only; without a wish, the first that will do.

    :raises XapiError: why that one will not do, or CANNOT_CREATE_STATE_FILE.
    """
    if wanted:
        assert_statefile_sr(db, wanted[0])
        return wanted[0]
    for sr in db.rows("SR"):
        try:
            assert_statefile_sr(db, sr)
        except XapiError:
            continue
        return sr
    raise XapiError("CANNOT_CREATE_STATE_FILE")


def choose_sr_at_start(db: Database, wanted: str | None) -> str:
    """The heartbeat SR of HA that was enabled before the world began; a host that has died since had it too.

    :raises XapiError: why the wanted one will not do, or CANNOT_CREATE_STATE_FILE.
    """
    living = [host for host in db.rows("host") if is_live(db, host)]
    if wanted is not None:
        assert_statefile_sr(db, wanted, living)
        return wanted
    for sr in sorted(db.rows("SR"), key=lambda ref: not db.row("SR", ref)["shared"]):
        try:
            assert_statefile_sr(db, sr, living)
        except XapiError:
            continue
        return sr
    raise XapiError("CANNOT_CREATE_STATE_FILE")


def timeout_s(db: Database, configuration: dict[str, str], default_s: float) -> float:
    """The time-out of this HA session (``xapi.md`` 2.3).

    :raises XapiError: INTERNAL_ERROR in xapi's own words.
    """
    text = configuration.get("timeout", pool_row(db)["other_config"].get("default_ha_timeout"))
    if text is None:
        return default_s
    if re.fullmatch(r"-?\d+", text) is None:
        raise XapiError("INTERNAL_ERROR", 'Failure("int_of_string")')
    if int(text) < LEAST_TIMEOUT_S:
        raise XapiError("INTERNAL_ERROR", f'Failure("constraint violation: timeout >= {LEAST_TIMEOUT_S}")')
    return float(text)


def _existing(db: Database, sr: str, kind: str) -> str | None:
    return next((vdi for vdi in db.related("SR", sr, "VDIs") if db.row("VDI", vdi)["type"] == kind), None)


def find_or_create_vdi(db: Database, sr: str, kind: str, name: str, size: int) -> str:
    """Step 16: the statefile or the metadata VDI, kept over every disable."""
    found = _existing(db, sr, kind)
    if found is not None:
        return found
    uuid = db.new_uuid()
    return db.create(
        "VDI",
        uuid=uuid,
        location=uuid,
        name_label=name,
        SR=sr,
        type=kind,
        virtual_size=size,
        sharable=True,
        managed=True,
        allowed_operations=["generate_config", "clone", "update"],
        sm_config={"type": "raw"},
    )


class EnableHa:
    """One pool.enable_ha after its checks: write, preconfigure each host, join, done."""

    def __init__(self, call: Call, sr: str, configuration: dict[str, str]) -> None:
        self.done = Completion()
        self._call = call
        self._sr = sr
        self._configuration = configuration
        self._entry = operations.begin(call, "pool", pool_ref(call.db), "ha_enable")
        self._timeout_s = 0.0
        self._hosts: list[str] = []
        self._ticks = 0

    def submit(self) -> Completion:
        """Steps 16 to 17 on the master; what is written here stays when a later step fails."""
        db, durations = self._call.db, self._call.world.durations
        statefile = find_or_create_vdi(db, self._sr, "ha_statefile", "Statefile for HA", STATEFILE_BYTES)
        find_or_create_vdi(db, self._sr, "redo_log", "Metadata for HA", REDO_LOG_BYTES)
        pool = pool_ref(db)
        db.set("pool", pool, ha_statefiles=[statefile], ha_configuration=dict(self._configuration))
        db.set("pool", pool, ha_plan_exists_for=0, ha_cluster_stack="xhad")
        try:
            self._timeout_s = timeout_s(db, self._configuration, durations.ha_default_timeout)
        except XapiError as error:
            self._fail(error)
            return self.done
        if not self._reaches_statefile(self._call.machine):
            self._fail(XapiError("VDI_NOT_AVAILABLE", db.row("VDI", statefile)["uuid"]))
            return self.done
        self._hosts = list(db.rows("host"))
        self._next_host(list(self._hosts))
        return self.done

    def _next_host(self, waiting: list[str]) -> None:
        if not waiting:
            self._call.toolstack.later(self._call.world.durations.ha_join_liveset, self._joined)
            return
        if not self._machine(waiting[0]).answers():
            self._roll_back(XapiError("CANNOT_CONTACT_HOST", waiting[0]))
            return
        self._tick()
        seconds = self._call.world.durations.ha_preconfigure_host
        self._call.toolstack.later(seconds, self._next_host, waiting[1:])

    def _joined(self) -> None:
        """Steps 18 and 19: everybody is in the liveset, or nobody is."""
        for host in self._hosts:
            self._tick()
            if not self._machine(host).answers():
                self._roll_back(XapiError("HA_FAILED_TO_FORM_LIVESET"))
                return
            if not self._reaches_statefile(self._machine(host)):
                self._roll_back(XapiError("HA_HOST_CANNOT_ACCESS_STATEFILE"))
                return
        db, toolstack = self._call.db, self._call.toolstack
        _arm(toolstack, db, [self._machine(host) for host in self._hosts], self._sr, self._timeout_s)
        db.set("pool", pool_ref(db), ha_enabled=True)
        self._entry.end()
        push_database(toolstack, db)
        ha_plan.update_status(db)
        toolstack.world.book.ha_changed(toolstack.pool_name, True)
        self.done.resolve()

    def _roll_back(self, error: XapiError) -> None:
        """Undo it everywhere; a host that does not answer is asked again and again (observed)."""
        silent = [host for host in self._call.db.rows("host") if not self._machine(host).answers()]
        if silent:
            self._call.toolstack.later(self._call.world.durations.ha_rollback_retry, self._roll_back, error)
        else:
            self._fail(error)

    def _fail(self, error: XapiError) -> None:
        db = self._call.db
        wanted = pool_row(db)["ha_host_failures_to_tolerate"]
        db.set("pool", pool_ref(db), ha_plan_exists_for=min(wanted, ha_plan.maximum(ha_plan.picture(db))))
        self._entry.end()
        self.done.reject(error)

    def _tick(self) -> None:
        self._ticks += 1
        self._call.progress(min(self._ticks / (3 * max(len(self._hosts), 1)), 0.99))

    def _reaches_statefile(self, machine: Machine) -> bool:
        array = self._call.world.storage.get(self._call.db.row("SR", self._sr)["uuid"])
        return array is None or array.reaches(machine.name)

    def _machine(self, host: str) -> Machine:
        return machine_of(self._call.world, self._call.db, host)


class DisableHa:
    """One pool.disable_ha.

    With the statefile in reach HA is off at once; without it every host must agree first, and the
    call asks until they do (``xapi.md`` 2.7).
    """

    def __init__(self, call: Call) -> None:
        self.done = Completion()
        self._call = call
        self._entry = operations.begin(call, "pool", pool_ref(call.db), "ha_disable")

    def submit(self) -> Completion:
        """Begin."""
        if self._call.toolstack.pool.xhad.reaches_statefile(self._call.machine):
            self._disable()
        else:
            self._ask_everybody()
        return self.done

    def _ask_everybody(self) -> None:
        db, world = self._call.db, self._call.world
        if all(machine_of(world, db, host).answers() for host in db.rows("host")):
            self._disable()
        else:
            self._call.toolstack.later(world.durations.ha_disable_retry, self._ask_everybody)

    def _disable(self) -> None:
        db, toolstack = self._call.db, self._call.toolstack
        switch_off(toolstack, db)
        toolstack.later(self._call.world.durations.ha_disable, self._finish)

    def _finish(self) -> None:
        self._entry.end()
        self.done.resolve()


def switch_off(master: Toolstack, db: Database) -> None:
    """HA is off: configuration, statefile and priorities stay, a host that is away disarms later."""
    now = master.world.timeline.now
    db.set("pool", pool_ref(db), ha_enabled=False, ha_plan_exists_for=0, ha_overcommitted=False)
    operations.refresh_pool(db, pool_ref(db))
    master.pool.xhad.disband()
    for machine in master.pool.machines:
        master.heard[machine.uuid] = now
        if machine.answers():
            machine.toolstack.ha_armed = False
    master.world.book.ha_changed(master.pool_name, False)


def arm_at_start(master: Toolstack, db: Database, sr: str, configuration: dict[str, str]) -> None:
    """HA that is on when the world begins, as if it had been enabled long ago."""
    statefile = find_or_create_vdi(db, sr, "ha_statefile", "Statefile for HA", STATEFILE_BYTES)
    find_or_create_vdi(db, sr, "redo_log", "Metadata for HA", REDO_LOG_BYTES)
    pool, default_s = pool_ref(db), master.world.durations.ha_default_timeout
    db.set("pool", pool, ha_statefiles=[statefile], ha_configuration=configuration, ha_enabled=True)
    _arm(master, db, master.pool.machines, sr, timeout_s(db, configuration, default_s))
    ha_plan.update_status(db)


def _arm(master: Toolstack, db: Database, machines: list[Machine], sr: str, seconds: float) -> None:
    master.pool.xhad.form(machines, master.machine, db.row("SR", sr)["uuid"], seconds, db)
    master.ha_ready = True
    for machine in machines:
        machine.toolstack.ha_armed = True
        if machine.toolstack.running:
            ha_monitor.begin(machine.toolstack)
        ha_monitor.refresh_view(master, db, host_ref(db, machine))
