# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CloudStack's one way to a pool: a cached connection to its master (``cloudstack.md`` 1.2).

It speaks XAPI calls to addresses and never looks into the world, so what it believes can be wrong.
"""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from ..xapi.errors import Unreachable, XapiError
from .errors import AgentUnavailable
from .rows import Cluster, Host

if t.TYPE_CHECKING:
    from ..world import World

Record = dict[str, t.Any]
FAILURES = (XapiError, Unreachable)
API_VERSION = "1.3"


class PoolConnection:
    """The connection that all hosts of a pool share."""

    def __init__(self, world: World, cluster: Cluster) -> None:
        self._world = world
        self._cluster = cluster
        self._session: str | None = None
        self._master = ""

    def drop(self) -> None:
        """Forget the connection; the next command makes a new one."""
        self._session = None

    def connect(self, host: Host) -> str:
        """A connection to work on this host; its reference.

        :raises AgentUnavailable: the host, or the master, is disabled or does not answer.
        """
        if self._session is not None:
            known = self._check_cached(host)
            if known is not None:
                return known
        self._log_in(host)
        return self.reference(host)

    def reference(self, host: Host) -> str:
        """The host's reference, over the connection that there is.

        :raises AgentUnavailable: the pool does not know it, or does not answer.
        """
        return str(self.must("host.get_by_uuid", host.guid))

    def _check_cached(self, host: Host) -> str | None:
        try:
            ref = str(self.ask("host.get_by_uuid", host.guid))
            enabled = self.ask("host.get_enabled", ref)
        except FAILURES:
            self.drop()
            return None
        if not enabled:
            if host.address == self._master:
                self.drop()
            raise AgentUnavailable(f"Cannot connect this host {host.address} due to the host is not enabled")
        return ref

    def _log_in(self, host: Host) -> None:
        try:
            self.log_in_anyhow(host)
            me = self.ask("session.get_this_host", self._session)
            if not self.ask("host.get_enabled", me):
                raise AgentUnavailable(
                    f"Unable to create master connection, due to master Host {self._master} is not enabled"
                )
        except (*FAILURES, AgentUnavailable) as error:
            self.drop()
            raise AgentUnavailable(
                f"Unable to create master connection to host({host.address}) , due to {error}"
            ) from error

    def log_in_anyhow(self, host: Host) -> None:
        """A login that follows HOST_IS_SLAVE and does not ask whether anything is enabled."""
        try:
            self._session = self._login_at(host.address)
        except XapiError as error:
            if error.code != "HOST_IS_SLAVE":
                raise
            self._session = self._login_at(error.params[0])

    def _login_at(self, address: str) -> str:
        params = ["root", self._cluster.password, API_VERSION, "CloudStack"]
        session = str(at_once(self._world.call(address, "session.login_with_password", params)))
        self._master = address
        return session

    def ask(self, method: str, *params: t.Any) -> t.Any:
        """A call that is answered at once.

        :raises XapiError: the answer is an error.
        :raises Unreachable: no answer.
        """
        return at_once(self.begin(method, *params))

    def must(self, method: str, *params: t.Any) -> t.Any:
        """``ask`` in a command, where any failure is one of the agent.

        :raises AgentUnavailable: for whatever reason.
        """
        try:
            return self.ask(method, *params)
        except FAILURES as error:
            raise AgentUnavailable(f"{method}: {error}") from error

    def begin(self, method: str, *params: t.Any) -> t.Any:
        """A call that may take its time: the value or a ``Completion``."""
        if self._session is None:
            raise Unreachable("there is no connection to the pool")
        return self._world.call(self._master, method, [self._session, *params])


def at_once(outcome: t.Any) -> t.Any:
    """The value of a call that takes no time; one that does not come is taken for a broken connection."""
    if not isinstance(outcome, Completion):
        return outcome
    if not outcome.done:
        raise Unreachable("no answer in time")
    if outcome.error is not None:
        raise outcome.error
    return outcome.value
