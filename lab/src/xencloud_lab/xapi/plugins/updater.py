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

if t.TYPE_CHECKING:
    from ...software import Package

LOCK = "updater.py"
ARCH = "x86_64"
REPOSITORIES = ("xcp-ng-base", "xcp-ng-updates", "xcp-ng-linstor")
SECTIONS = (*REPOSITORIES, "xcp-ng-testing", "xcp-ng-staging")
NO_PROXY = "_none_"
LOCK_POLL_S = 1.0


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


def get_proxies(call: PluginCall) -> str:
    """JSON map of repository to proxy."""
    _assert_free(call)
    return json.dumps({section: call.machine.software.proxies.get(section, NO_PROXY) for section in SECTIONS})


def set_proxies(call: PluginCall) -> str:
    """Other proxies for the repositories named; the answer is empty."""
    _assert_free(call)
    try:
        proxies = json.loads(call.args["proxies"])
    except (KeyError, ValueError) as error:
        raise _error(str(error)) from error
    for section in proxies:
        if section not in SECTIONS:
            raise _error(f"Can't find section '{section}' in config file")
    call.machine.software.proxies.update(proxies)
    return ""


FUNCTIONS: dict[str, Function] = {
    "check_update": check_update,
    "update": update,
    "install": install,
    "query_installed": query_installed,
    "get_proxies": get_proxies,
    "set_proxies": set_proxies,
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
    """A second update is refused at once; behind anything else it waits for the lock."""
    current = call.machine.toolstack.busy.get(LOCK)
    if name == current == "update":
        raise _error("Update already in progress")
    if current is not None:
        return Waiting(call, name).submit()
    return Work(call, name, call.call.world.durations.update_install).submit()


class Waiting:
    """An installation that waits for the lock, for a while."""

    def __init__(self, call: PluginCall, name: str) -> None:
        self._call = call
        self._name = name
        self._done = Completion()
        self._until = call.call.now + call.call.world.durations.plugin_lock

    def submit(self) -> Completion:
        """Begin to wait."""
        self._look()
        return OnHost(self._call.machine, self._call.host, self._done).done

    def _look(self) -> None:
        toolstack = self._call.machine.toolstack
        if LOCK not in toolstack.busy:
            Work(self._call, self._name, self._call.call.world.durations.update_install).submit().then(self._ended)
        elif self._call.call.now >= self._until:
            self._done.reject(_busy(self._call))
        else:
            toolstack.later(LOCK_POLL_S, self._look)

    def _ended(self, answer: Completion) -> None:
        if answer.error is None:
            self._done.resolve(answer.value)
        else:
            self._done.reject(answer.error)


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
        broken = [p.name for p in self._chosen() if p.refuses == "apply_failed"]
        if self._name == "check_update":
            self._done.resolve(self._listing())
        elif broken:
            self._done.reject(_yum_failed(self._command(), broken[0]))
        else:
            self._done.resolve(self._installed())

    def _chosen(self) -> list[Package]:
        names = _names(self._call)
        return [p for p in self._call.machine.software.pending() if not names or p.name in names]

    def _command(self) -> list[str]:
        repositories = [*REPOSITORIES, *filter(None, (r.strip() for r in self._call.args.get("repos", "").split(",")))]
        command = ["yum", self._name, "--disablerepo=*", f"--enablerepo={','.join(repositories)}", "-y"]
        packages = self._call.args.get("packages")
        return [*command, packages] if packages else command

    def _listing(self) -> str:
        return json.dumps([_description(package) for package in self._call.machine.software.pending()])

    def _installed(self) -> str:
        packages = self._call.machine.software.install({package.name for package in self._chosen()})
        text = "\n".join(f"{p.name}-{p.evr}" for p in packages) or "No packages marked for update"
        world = self._call.call.world
        world.book.note("host_updated", self._call.machine.name, ", ".join(p.name for p in packages))
        return json.dumps({"returncode": 0, "command": self._command(), "stdout": text, "stderr": ""})


def _yum_failed(command: list[str], package: str) -> XapiError:
    """A command that fails: its exit code is the error's."""
    text = f"Command '{command}' failed with code: 1"
    return XapiError("1", text, f"stdout: '', stderr: 'Error: {package} cannot be installed'", "")


def _description(package: Package) -> dict[str, t.Any]:
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
