# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every operation is given and what it gives back.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from .._argspec import ArgumentSpec, cloudstack_spec, waiting_spec, xapi_spec
from .._cloudstack.client import CloudStackClient
from .._maintenance.waiter import Clock, Report, Waiter, WallClock
from .._xapi.client import XapiClient
from .._xapi.errors import Unreachable
from ._journal import Journal
from ._neighbours import neighbours

Params = t.Mapping[str, t.Any]

# What an operation inside another takes over from it: how to connect and how to wait.
INHERITED = frozenset((xapi_spec() | cloudstack_spec() | waiting_spec(0)).options)


@dataclass
class Outcome:
    """The result of an operation, before a front door turns it into an Ansible result."""

    changed: bool = False
    result: dict[str, t.Any] = field(default_factory=dict)
    before: dict[str, t.Any] | None = None
    after: dict[str, t.Any] | None = None
    warnings: list[str] = field(default_factory=list)
    # What was done, for the run's report; the last line that was said when empty, nothing at all when None.
    step: str | None = ""

    def as_result(self, diff: bool) -> dict[str, t.Any]:
        """The dictionary that a module or an action plugin returns."""
        result: dict[str, t.Any] = {"changed": self.changed, **self.result}
        if diff and self.before is not None and self.after is not None:
            result["diff"] = {"before": self.before, "after": self.after}
        return result


@dataclass
class _Clients:
    xapi: XapiClient | None = None
    cloudstack: CloudStackClient | None = None


@dataclass
class Context:
    """One run of one operation: its options, its clients, its voice."""

    params: Params
    check_mode: bool
    report: Report
    clock: Clock = field(default_factory=WallClock)
    pulse: t.Callable[[], None] | None = None
    _clients: _Clients = field(default_factory=_Clients)
    # What people have to know of, from places that have no outcome to put it into.
    warnings: list[str] = field(default_factory=list)

    @property
    def xapi(self) -> XapiClient:
        """The pool's master, logged in at first use; one session a run."""
        if self._clients.xapi is None:
            self._clients.xapi = self._connect()
        return self._clients.xapi

    def _connect(self) -> XapiClient:
        """The host that was given may be the one that is down: CloudStack knows its neighbours."""
        try:
            return XapiClient.connect(self.params)
        except Unreachable:
            members = neighbours(self.cloudstack, self.params) if self.params.get("api_url") else []
            if not members:
                raise
        return XapiClient.connect({**self.params, "members": [*self.params["members"], *members]})

    def begin_at(self, address: str) -> XapiClient:
        """From now on the pool is asked here first: the host that was given may lead to a master that is gone."""
        self.close()
        self._clients.xapi = XapiClient.connect({**self.params, "hostname": address})
        return self._clients.xapi

    @property
    def cloudstack(self) -> CloudStackClient:
        """CloudStack's API; every call is signed, there is no session."""
        if self._clients.cloudstack is None:
            self._clients.cloudstack = CloudStackClient.from_params(self.params)
        return self._clients.cloudstack

    @property
    def journal(self) -> Journal:
        """The record of the run in ``run_id``; one that writes nothing when there is none."""
        return Journal(self)

    def waiter(self, timeout_s: float | None = None) -> Waiter:
        """A waiter with the options of the module (``waiting_spec``), which keeps the run's lease alive."""
        journal = self.journal
        return Waiter(
            report=self.report,
            timeout_s=self.params["wait_timeout"] if timeout_s is None else timeout_s,
            interval_s=self.params["poll_interval"],
            silence_s=self.params["progress_interval"],
            clock=self.clock,
            pulse=journal.renew if journal.open else self.pulse,
            pulse_s=self.params["heartbeat_interval"],
        )

    def alive_as(self, run_id: str) -> Context:
        """The same, and whatever waits in it keeps the lease of this run alive."""
        alone = replace(self, params={**self.params, "run_id": run_id})
        return replace(self, pulse=alone.journal.renew)

    def using(self, spec: ArgumentSpec, **options: t.Any) -> Context:
        """The context of another operation inside this one: same clients, its own options over their defaults."""
        defaults = {name: option.get("default") for name, option in spec.options.items()}
        inherited = {name: value for name, value in self.params.items() if name in INHERITED}
        return replace(self, params={**defaults, **inherited, **options})

    def close(self) -> None:
        """Log out; never raises."""
        if self._clients.xapi is not None:
            self._clients.xapi.close()


class Operation(t.Protocol):
    """A module of ``_operations``: its specification and its function."""

    SPEC: ArgumentSpec

    def run(self, context: Context) -> Outcome: ...
