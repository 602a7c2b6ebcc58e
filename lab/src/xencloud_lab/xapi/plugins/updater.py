# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XCP-ng's updater plugin (``xapi.md`` 6.5): packages from the estate, one operation at a time."""

from __future__ import annotations

import json
import re
import typing as t

from ...timeline import Completion
from ..errors import XapiError
from ..forward import OnHost
from ..model import NULL
from ..rows import stamp
from .call import Function, PluginCall

LOCK = "updater.py"
ARCH = "x86_64"


def check_update(call: PluginCall) -> Completion:
    """JSON list of pending packages; does not wait for its lock."""
    _assert_free(call)
    return Work(call, "check_update", call.call.world.durations.update_check).submit()


def update(call: PluginCall) -> Completion:
    """Install all pending packages, or those named; yum takes minutes."""
    return _install(call, "update")


def install(call: PluginCall) -> Completion:
    """Install named packages."""
    if not call.args.get("packages"):
        raise _error("Missing argument 'packages'")
    return _install(call, "install")


def query_installed(call: PluginCall) -> str:
    """JSON map of the named packages to what is installed, empty when not."""
    names = _names(call)
    installed = call.machine.software.installed
    return json.dumps({n: f"{n}-{installed[n].evr}.{ARCH}" if n in installed else "" for n in names})


def get_proxies(_call: PluginCall) -> str:
    """JSON map of repository to proxy."""
    return json.dumps({"xcp-ng-base": "_none_", "xcp-ng-updates": "_none_"})


FUNCTIONS: dict[str, Function] = {
    "check_update": check_update,
    "update": update,
    "install": install,
    "query_installed": query_installed,
    "get_proxies": get_proxies,
}


def _names(call: PluginCall) -> list[str]:
    return [name for name in re.split(r"[ ,]+", call.args.get("packages", "")) if name]


def _error(text: str) -> XapiError:
    """The plugin's own code comes back as the API's."""
    return XapiError("-1", text, "", "")


def _busy(call: PluginCall) -> XapiError:
    operation = call.machine.toolstack.busy[LOCK]
    return _error(f"The updater plugin is busy (current operation: {operation})")


def _assert_free(call: PluginCall) -> None:
    if LOCK in call.machine.toolstack.busy:
        raise _busy(call)


def _install(call: PluginCall, name: str) -> Completion:
    if LOCK in call.machine.toolstack.busy:
        return Locked(call).submit()
    return Work(call, name, call.call.world.durations.update_install).submit()


class Locked:
    """An update that waits for the lock, and gives up."""

    def __init__(self, call: PluginCall) -> None:
        self._call = call
        self._done = Completion()

    def submit(self) -> Completion:
        toolstack = self._call.machine.toolstack
        toolstack.later(self._call.call.world.durations.plugin_lock, self._give_up)
        return OnHost(self._call.machine, self._call.host, self._done).done

    def _give_up(self) -> None:
        free = LOCK not in self._call.machine.toolstack.busy
        self._done.reject(_error("Update already in progress") if free else _busy(self._call))


class Work:
    """The plugin at work: lock, visible task for an update, result."""

    def __init__(self, call: PluginCall, name: str, seconds: float) -> None:
        self._call = call
        self._name = name
        self._seconds = seconds
        self._done = Completion()
        self._task = NULL

    def submit(self) -> Completion:
        """Take the lock and begin."""
        toolstack = self._call.machine.toolstack
        toolstack.busy[LOCK] = self._name
        if self._name != "check_update":
            self._task = self._visible_task()
        toolstack.later(self._seconds, self._end)
        return OnHost(self._call.machine, self._call.host, self._done).done

    def _visible_task(self) -> str:
        machine, now = self._call.machine, stamp(self._call.call.now)
        label = f"Update host {machine.name} ({machine.uuid})"
        return self._call.call.db.create(
            "task", name_label=label, created=now, status="pending", resident_on=self._call.host, type="<none/>"
        )

    def _end(self) -> None:
        self._call.machine.toolstack.busy.pop(LOCK, None)
        self._call.call.db.destroy("task", self._task)
        self._done.resolve(self._listing() if self._name == "check_update" else self._installed())

    def _listing(self) -> str:
        return json.dumps([_description(package) for package in self._call.machine.software.pending()])

    def _installed(self) -> str:
        names = _names(self._call)
        software = self._call.machine.software
        packages = software.install(names or None)
        command = ["yum", "update" if self._name == "update" else "install", "-y", *names]
        text = "\n".join(f"{p.name}-{p.evr}" for p in packages) or "No packages marked for update"
        world = self._call.call.world
        world.book.note("host_updated", self._call.machine.name, ", ".join(p.name for p in packages))
        return json.dumps({"returncode": 0, "command": command, "stdout": text, "stderr": ""})


def _description(package: t.Any) -> dict[str, t.Any]:
    return {
        "name": package.name,
        "version": package.version,
        "release": package.release,
        "description": package.description,
        "changelog": None,
        "url": package.url,
        "size": package.size_bytes,
        "license": package.license,
    }
