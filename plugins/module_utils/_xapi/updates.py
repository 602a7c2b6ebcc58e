# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XCP-ng's updater plugin: what a host lacks, and installing it.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import contextlib
import typing as t
from datetime import UTC, datetime

from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Host
from .._maintenance.patches import Update, is_busy, parse_updates, require_supported
from .._maintenance.waiter import NotYet, Waiter
from . import tasks
from .client import XapiClient
from .errors import ConnectionLost, XapiError

__all__ = ["Update", "install", "missing_updates", "missing_updates_of"]

PLUGIN = "updater.py"
PATCHED_AT = "rpm_patch_installation_time"


def missing_updates(client: XapiClient, host: Host, repositories: t.Sequence[str] = ()) -> list[Update]:
    """What one host lacks, asked once within the client's time-out; a busy updater is an error."""
    require_supported(host)
    arguments = _repositories(repositories)
    answer = client.call("host.call_plugin", host.ref, PLUGIN, "check_update", arguments, about=host.name)
    return parse_updates(answer, host.name)


def missing_updates_of(
    client: XapiClient, hosts: t.Sequence[Host], waiter: Waiter, repositories: t.Sequence[str] = ()
) -> dict[str, list[Update]]:
    """What many hosts lack, by reference: all are asked at the same time, a busy updater is asked again."""
    for host in hosts:
        require_supported(host)
    inquiry = _Inquiry(client, hosts, _repositories(repositories))
    names = ", ".join(host.name for host in hosts)
    return waiter.wait(f"{names}: asking for missing updates", inquiry.look) if hosts else {}


def install(client: XapiClient, host: Host, waiter: Waiter, arguments: t.Mapping[str, str]) -> str:
    """Let the updater install; its answer, once it is not busy with somebody else's work."""

    def attempt() -> str | NotYet:
        try:
            return str(
                client.task(
                    "host.call_plugin",
                    host.ref,
                    PLUGIN,
                    "update",
                    dict(arguments),
                    waiter=waiter,
                    what=f"{host.name}: installing updates",
                    about=host.name,
                )
            )
        except XapiError as error:
            return _not_if_busy(error)

    return waiter.wait(f"{host.name}: waiting for the updater", attempt)


def note_patched(client: XapiClient, host: Host) -> None:
    """Leave the mark by which this and other tools know that a restart is due (xapi.md 6.5)."""
    clock = client.call("host.get_servertime", host.ref, about=host.name)
    client.call("host.remove_from_other_config", host.ref, PATCHED_AT, about=host.name)
    client.call("host.add_to_other_config", host.ref, PATCHED_AT, str(epoch_s(clock)), about=host.name)


def epoch_s(clock: object) -> int:
    """Seconds since 1970 of a time as XAPI tells it, such as ``20261120T12:00:00Z``."""
    return int(datetime.strptime(str(clock), "%Y%m%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


class _Inquiry:
    """``check_update`` on many hosts at once."""

    def __init__(self, client: XapiClient, hosts: t.Sequence[Host], arguments: dict[str, str]) -> None:
        self._client = client
        self._arguments = arguments
        self._open = list(hosts)
        self._tasks: dict[str, str] = {}
        self._found: dict[str, list[Update]] = {}

    def look(self) -> dict[str, list[Update]] | NotYet:
        """Start what is not started, look at what runs."""
        for host in list(self._open):
            updates = self._ask(host)
            if updates is not None:
                self._found[host.ref] = updates
                self._open.remove(host)
        names = ", ".join(host.name for host in self._open)
        return NotYet(f"no answer yet from {names}") if self._open else self._found

    def _ask(self, host: Host) -> list[Update] | None:
        try:
            ref = self._tasks.get(host.ref) or self._begin(host)
            state = tasks.look(self._client, ref, host.name)
        except XapiError as error:
            self._tasks.pop(host.ref, None)
            _not_if_busy(error)
            return None
        except ConnectionLost:
            self._tasks.pop(host.ref, None)
            with contextlib.suppress(ConnectionLost):
                self._client.reconnect()
            return None
        return parse_updates(str(state.value), host.name) if isinstance(state, tasks.Done) else None

    def _begin(self, host: Host) -> str:
        arguments = [host.ref, PLUGIN, "check_update", self._arguments]
        ref = tasks.begin(self._client, "host.call_plugin", arguments, host.name)
        self._tasks[host.ref] = ref
        return ref


def _not_if_busy(error: XapiError) -> NotYet:
    if not is_busy(error.code, error.params):
        raise error
    return NotYet("the updater is busy with other work")


def _repositories(repositories: t.Sequence[str]) -> dict[str, str]:
    return {"repos": ",".join(repositories)} if repositories else {}


def update_arguments(packages: t.Sequence[str], repositories: t.Sequence[str]) -> dict[str, str]:
    """The updater's arguments: one string of packages for yum, a comma list of repositories."""
    arguments = _repositories(repositories)
    for package in packages:
        if not package or package.startswith("-") or any(character.isspace() for character in package):
            raise MaintenanceError(f"{package}: this is not a package's name. Correct packages.")
    return {**arguments, "packages": " ".join(packages)} if packages else arguments
