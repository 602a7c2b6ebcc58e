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


class Session:
    """A login at a master. Who holds it keeps it, even when the cached connection is dropped."""

    def __init__(self, world: World, address: str, password: str) -> None:
        self._world = world
        self.address = address
        params = ["root", password, API_VERSION, "CloudStack"]
        self._ref = str(at_once(world.call(address, "session.login_with_password", params)))

    def begin(self, method: str, *params: t.Any) -> t.Any:
        """A call that may take its time: the value or a ``Completion``."""
        return self._world.call(self.address, method, [self._ref, *params])

    def attempt(self, method: str, *params: t.Any) -> t.Any:
        """``begin`` where a refusal is one of the ends."""
        try:
            return self.begin(method, *params)
        except FAILURES as error:
            refused = Completion()
            refused.reject(error)
            return refused

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

    def reference(self, host: Host) -> str:
        """The reference of a host.

        :raises AgentUnavailable: the pool does not know it, or does not answer.
        """
        return str(self.must("host.get_by_uuid", host.guid))

    def this_host_is_enabled(self) -> bool:
        """Whether the master behind this login is enabled."""
        return bool(self.ask("host.get_enabled", self.ask("session.get_this_host", self._ref)))


class PoolConnection:
    """The connection that all hosts of a pool share."""

    def __init__(self, world: World, cluster: Cluster) -> None:
        self._world = world
        self._cluster = cluster
        self._session: Session | None = None

    def connect(self, host: Host) -> tuple[Session, str]:
        """A session to work on this host, and its reference.

        :raises AgentUnavailable: the host, or the master, is disabled or does not answer.
        """
        if self._session is not None:
            ref = self._check_cached(self._session, host)
            if ref is not None:
                return self._session, ref
        self._session = self._log_in_to_enabled(host)
        return self._session, self._session.reference(host)

    def _check_cached(self, session: Session, host: Host) -> str | None:
        try:
            ref = str(session.ask("host.get_by_uuid", host.guid))
            enabled = session.ask("host.get_enabled", ref)
        except FAILURES:
            self._session = None
            return None
        if not enabled:
            if host.address == session.address:
                self._session = None
            raise AgentUnavailable(f"Cannot connect this host {host.address} due to the host is not enabled")
        return ref

    def _log_in_to_enabled(self, host: Host) -> Session:
        failed = f"Unable to create master connection to host({host.address}) , due to"
        try:
            session = self.log_in(host)
            enabled = session.this_host_is_enabled()
        except FAILURES as error:
            raise AgentUnavailable(f"{failed} {error}") from error
        if not enabled:
            master = f"Unable to create master connection, due to master Host {session.address} is not enabled"
            raise AgentUnavailable(f"{failed} {master}")
        return session

    def log_in(self, host: Host) -> Session:
        """A login that follows HOST_IS_SLAVE and does not ask whether anything is enabled.

        :raises XapiError: refused.
        :raises Unreachable: no answer.
        """
        return open_session(self._world, host.address, self._cluster.password)


def open_session(world: World, address: str, password: str) -> Session:
    """A login at this address or, when it is a member's, at its master.

    :raises XapiError: refused.
    :raises Unreachable: no answer.
    """
    try:
        return Session(world, address, password)
    except XapiError as error:
        if error.code != "HOST_IS_SLAVE":
            raise
        return Session(world, error.params[0], password)


def at_once(outcome: t.Any) -> t.Any:
    """The value of a call that takes no time; one that does not come is taken for a broken connection."""
    if not isinstance(outcome, Completion):
        return outcome
    if not outcome.done:
        raise Unreachable("no answer in time")
    if outcome.error is not None:
        raise outcome.error
    return outcome.value
