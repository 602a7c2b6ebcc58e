# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class host: enabling, power, life and death (``xapi.md`` 4.3, 5)."""

from __future__ import annotations

import json
import typing as t

from .. import enabling, generations, ha_plan, operations, plugins
from ..errors import NotModelled, XapiError
from ..forward import machine_for, same_pool
from ..garbage import collect_garbage
from ..model import load
from ..placement import free_memory
from ..plugins.call import PluginCall
from ..poweroff import PowerOff
from ..registry import Call, message
from ..rows import guests_on, is_live, machine_of, pool_row, set_halted, set_live, stamp

# Since when and until when a product brings the script of a mode (``xapi.md`` 5.5).
POWER_ON_MODES = {
    "wake-on-lan": (None, None),
    "IPMI": ("24.19.0", None),
    "DRAC": (None, "24.19.0"),
    "iLO": (None, "stockholm"),
}


# enabled ----------------------------------------------------------------------------------


@message("host", "disable")
def host_disable(call: Call, host: str, *auto_enable: bool) -> None:
    """A flag in the database and a note in that host's memory; already disabled is no news."""
    row = call.db.row("host", host)
    ha_plan.assert_preserved(call.db, ha_plan.Change(disabled=host))
    toolstack = machine_for(call.world, call.db, host).toolstack
    if not row["enabled"]:
        return
    enabling.disable(call.db, host)
    toolstack.user_disabled = True
    toolstack.auto_enable = all(auto_enable)


@message("host", "enable")
def host_enable(call: Call, host: str) -> None:
    toolstack = machine_for(call.world, call.db, host).toolstack
    operations.assert_host(call.db, host, "enable")
    if not call.db.row("host", host)["enabled"]:
        enabling.assert_safe(toolstack, call.db, host)
        enabling.enable(call.db, host)
    toolstack.user_disabled = False
    toolstack.auto_enable = True


# power ------------------------------------------------------------------------------------


@message("host", "reboot")
def host_reboot(call: Call, host: str) -> None:
    """Returns at once; guests that are still there will be shut down or moved."""
    _power_off(call, host, "reboot")


@message("host", "shutdown")
def host_shutdown(call: Call, host: str) -> None:
    _power_off(call, host, "shutdown")


def _power_off(call: Call, host: str, name: str) -> None:
    operations.assert_host(call.db, host, name)
    machine = machine_for(call.world, call.db, host)
    xhad = machine.toolstack.pool.xhad
    if xhad.active and not xhad.reaches_statefile(machine):
        raise XapiError("HA_LOST_STATEFILE")
    entry = operations.begin(call, "host", host, "shutdown")
    PowerOff(machine, entry, then_boot=name == "reboot").submit()


@message("host", "power_on")
def host_power_on(call: Call, host: str) -> None:
    """Presses the button from afar; nobody waits for the boot."""
    if is_live(call.db, host):
        raise XapiError("HOST_IS_LIVE", host)
    mode = call.db.row("host", host)["power_on_mode"]
    if not mode:
        raise XapiError("HOST_POWER_ON_MODE_DISABLED")
    if mode not in POWER_ON_MODES or not load().has(call.db.release, *POWER_ON_MODES[mode]):
        raise XapiError("XENAPI_MISSING_PLUGIN", "power-on-host")
    machine_of(call.world, call.db, host).boot()


@message("host", "set_power_on_mode")
def host_set_power_on_mode(call: Call, host: str, mode: str, config: dict[str, str]) -> None:
    call.db.set("host", host, power_on_mode=mode, power_on_config=config)
    operations.refresh_host(call.db, host)


@message("host", "restart_agent")
def host_restart_agent(call: Call, host: str) -> None:
    """xe-toolstack-restart, a second from now."""
    toolstack = machine_for(call.world, call.db, host).toolstack
    toolstack.later(call.world.durations.toolstack_restart_delay, toolstack.restart)


# life and death ---------------------------------------------------------------------------


@message("host", "declare_dead")
def host_declare_dead(call: Call, host: str) -> None:
    """Trusts the caller: guests that the host may still run become Halted."""
    _assert_gone(call, host)
    set_live(call.db, host, False, call.now)
    enabling.disable(call.db, host)
    for vm in guests_on(call.db, host):
        set_halted(call.db, vm)
        operations.refresh_vm(call.db, vm)


@message("host", "destroy")
def host_destroy(call: Call, host: str) -> None:
    """Forget a dead host and its control domain; what hung on it goes with the next garbage collection."""
    db = call.db
    _assert_gone(call, host)
    if pool_row(db)["ha_enabled"]:
        raise XapiError("HA_IS_ENABLED")
    if guests_on(db, host):
        raise XapiError("HOST_HAS_RESIDENT_VMS", host)
    for vm in db.related("host", host, "resident_VMs"):
        db.destroy("VM", vm)
    generations.host_gone(db, host)
    db.destroy("host", host)
    call.toolstack.later(call.world.durations.database_gc, collect_garbage, db)


def _assert_gone(call: Call, host: str) -> None:
    """The master tries to contact it (``xapi.md`` 4.3); one that was ejected does not take the pool's secret."""
    machine = machine_of(call.world, call.db, host)
    answers = machine.answers() and call.machine.reaches(machine) and same_pool(call.world, call.db, machine)
    if machine is call.machine or answers:
        raise XapiError("HOST_IS_LIVE", host)


# figures ----------------------------------------------------------------------------------


@message("host", "compute_free_memory")
def host_compute_free_memory(call: Call, host: str) -> int:
    call.db.row("host", host)
    return free_memory(call.db, host)


@message("host", "compute_memory_overhead")
def host_compute_memory_overhead(call: Call, host: str) -> int:
    return int(call.db.row("host", host)["memory_overhead"])


@message("host", "get_servertime")
def host_get_servertime(call: Call, host: str) -> str:
    return stamp(call.now + machine_for(call.world, call.db, host).clock_ahead_s)


@message("host", "get_server_localtime")
def host_get_server_localtime(call: Call, host: str) -> str:
    return stamp(call.now + machine_for(call.world, call.db, host).clock_ahead_s).rstrip("Z")


@message("host", "get_uncooperative_resident_VMs")
def host_get_uncooperative(call: Call, host: str) -> list[str]:
    call.db.row("host", host)
    return []


@message("host", "set_hostname_live")
def host_set_hostname_live(call: Call, host: str, name: str) -> None:
    if not name:
        raise XapiError("HOST_NAME_INVALID", "hostname empty")
    machine_for(call.world, call.db, host)
    call.db.set("host", host, hostname=name)


# plugins ----------------------------------------------------------------------------------


@message("host", "call_plugin")
def host_call_plugin(call: Call, host: str, plugin: str, function: str, args: dict[str, str]) -> t.Any:
    """Runs on the host; with errors of the plugin's own (``xapi.md`` 6.5)."""
    machine = machine_for(call.world, call.db, host)
    return plugins.run(PluginCall(call, machine, host, args), plugin, function)


@message("host", "call_extension")
def host_call_extension(call: Call, host: str, text: str) -> t.NoReturn:
    """The second parameter is a whole JSON-RPC request; there are no extensions."""
    machine_for(call.world, call.db, host)
    try:
        json.loads(text)
    except ValueError:
        place = f"Line 1, bytes 0-{len(text)}:\\nInvalid token '{text}'"
        raise XapiError("INTERNAL_ERROR", f'Yojson__Common.Json_error("{place}")') from None
    raise NotModelled("host.call_extension")
