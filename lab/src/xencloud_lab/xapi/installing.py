# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Software on its way to a host: it takes its time, and ends when the host's toolstack does.

What each generation writes down afterwards is in its own module (``patches``, ``pool_updates``,
``cdn_apply``); the guidance is only advice, except with the CDN (``xapi.md`` 6.2 to 6.4).
"""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from .errors import XapiError
from .forward import OnHost
from .rows import pool_row

if t.TYPE_CHECKING:
    from ..machines import Machine
    from ..software import Package
    from .database import Database
    from .registry import Call

AFTER_APPLY = {
    "reboot": ("restartHost",),
    "toolstack": ("restartXAPI",),
    "device_model": ("restartHVM",),
    "vm": ("restartHVM", "restartPV"),
}


def after_apply(package: Package) -> list[str]:
    """The guidance as patches and updates of 6.x to 8.2 word it."""
    return [word for need in package.needs() for word in AFTER_APPLY[need]]


def patches_live(db: Database, package: Package) -> bool:
    """Whether a fix takes effect without a reboot."""
    return package.livepatch and not pool_row(db)["live_patching_disabled"]


class Installation:
    """Packages that are being installed on one host; a generation says what is written down then."""

    def __init__(self, call: Call, machine: Machine, host: str, packages: t.Sequence[Package]) -> None:
        self.call = call
        self.machine = machine
        self.host = host
        self.packages = packages
        self._done = Completion()

    def submit(self) -> Completion:
        """Begin; the answer is what ``record`` gives, or its refusal."""
        self.machine.toolstack.later(self.call.world.durations.update_install, self._end)
        return OnHost(self.machine, self.host, self._done).done

    def record(self) -> t.Any:
        """Write down what has been installed; the value is the answer of the call."""

    def failed(self, output: str) -> XapiError:
        """The error of an installation that fails."""
        return XapiError("INTERNAL_ERROR", output)

    def takes_effect(self, package: Package) -> bool:
        """Whether it is patched into what runs."""
        return patches_live(self.call.db, package)

    def _end(self) -> None:
        broken = [package.name for package in self.packages if package.refuses == "apply_failed"]
        if broken:
            self._done.reject(self.failed(f"Error: the installation of {broken[0]} failed"))
            return
        self._install()
        try:
            self._done.resolve(self.record())
        except XapiError as error:
            self._done.reject(error)

    def _install(self) -> None:
        software, db = self.machine.software, self.call.db
        software.install({package.name for package in self.packages})
        for package in self.packages:
            if self.takes_effect(package):
                software.patch_live(package)
        if db.exists("host", self.host):
            db.set("host", self.host, software_version=dict(software.running))
        names = ", ".join(package.name for package in self.packages)
        self.call.world.book.note("host_updated", self.machine.name, names)


class OneByOne:
    """The same installation on one host after the other.

    :param install: begins it on a host; raises when the host refuses it.
    """

    def __init__(self, hosts: t.Sequence[str], install: t.Callable[[str], Completion]) -> None:
        self.done = Completion()
        self.failures: dict[str, XapiError] = {}
        self._waiting = list(hosts)
        self._install = install
        self._host = ""

    def submit(self) -> Completion:
        """Begin with the first."""
        self._next()
        return self.done

    def ended(self) -> XapiError | None:
        """The error of the whole when all hosts have been asked."""
        return next(iter(self.failures.values()), None)

    def goes_on(self) -> bool:
        """Whether the next host is asked, too."""
        return not self.failures

    def _next(self) -> None:
        if not self._waiting or not self.goes_on():
            self._finish()
            return
        self._host = self._waiting.pop(0)
        try:
            answer = self._install(self._host)
        except XapiError as error:
            self._failed(error)
        else:
            answer.then(self._answered)

    def _answered(self, answer: Completion) -> None:
        if isinstance(answer.error, XapiError):
            self._failed(answer.error)
        else:
            self._next()

    def _failed(self, error: XapiError) -> None:
        self.failures[self._host] = error
        self._next()

    def _finish(self) -> None:
        error = self.ended()
        if error is None:
            self.done.resolve()
        else:
            self.done.reject(error)
