# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""addHost: what one address tells about a whole pool (``cloudstack.md`` 1.3).

Any member leads to all members: every host of the pool that is not known yet is taken in.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..timeline import Completion
from .capacity import memory_told
from .errors import ApiError, failed, refused
from .rows import MIB, Cluster, Host
from .states import Status, StatusEvent
from .xen import FAILURES, Record, Session, open_session

if t.TYPE_CHECKING:
    from .manager import ManagementServer

HVM = "hvm-3.0"


@dataclass(slots=True)
class Target:
    """Where to look, and as whom."""

    url: str
    address: str
    password: str
    cluster: Cluster
    tags: list[str]


class NothingFound(Exception):
    """The discoverer has no answer; only the log of the management server says why."""


class Discovery:
    """One addHost, from the first login to the last host that is connected.

    :ivar found: the hosts that are new.
    """

    def __init__(self, server: ManagementServer, target: Target) -> None:
        self._server = server
        self._target = target
        self.found: list[Host] = []
        self._completion = Completion()

    def begin(self) -> Completion:
        """Every new host takes its time to be set up; the completion comes after the last."""
        try:
            self._discover()
        except (*FAILURES, NothingFound) as error:
            self._server.log(f"addHost {self._target.url}: {error}")
            raise self._nothing() from error
        if not self.found:
            raise failed("Failed to add host")
        self._next(list(self.found), self._server.epoch)
        return self._completion

    def _nothing(self) -> ApiError:
        where = f": Cannot find the server resources at {self._target.url}"
        return failed(f"Unable to add the host{where if self._server.profile.url_in_add_host_error else ''}")

    # look ---------------------------------------------------------------------------------

    def _discover(self) -> None:
        if not self._target.url.startswith("http://"):
            raise NothingFound("urlString is not http so we're not taking care of the discovery for this")
        session = open_session(self._server.world, self._target.address, self._target.password)
        pool = next(iter(session.ask("pool.get_all_records").values()))
        self._bind(pool["uuid"])
        hosts: dict[str, Record] = session.ask("host.get_all_records")
        self._check_hvm(hosts.values())
        self._target.cluster.password = self._target.password
        new = [(r, s) for r, s in hosts.items() if self._server.tables.host_of(s["uuid"]) is None]
        self.found = [self._row(session, ref, record) for ref, record in new]

    def _bind(self, pool_uuid: str) -> None:
        """A cluster belongs to one pool; one without hosts follows the newcomer without a word."""
        cluster = self._target.cluster
        if cluster.guid and cluster.guid != pool_uuid and self._server.tables.hosts_of(cluster):
            pool = f"XS pool  {cluster.guid} through XC/XS before adding it through CS UI"
            raise NothingFound(f"Please join the host {self._target.address} to {pool}")
        cluster.guid = pool_uuid

    def _check_hvm(self, hosts: t.Iterable[Record]) -> None:
        able = any(c.startswith(HVM) for r in hosts for c in r.get("capabilities", ()))
        if self._server.settings.flag("xenserver.check.hvm") and not able:
            raise NothingFound(f"Unable to add host {self._target.address} because it doesn't support hvm")

    def _row(self, session: Session, ref: str, record: Record) -> Host:
        tables, cluster = self._server.tables, self._target.cluster
        memory_mib, dom0_mib = _memory(session, ref, record)
        host = Host(
            tables.hosts.next_id(),
            tables.new_uuid(),
            record["name_label"],
            self._server.now,
            cluster,
            record["address"],
            record["uuid"],
            len(record["host_CPUs"]),
            memory_told(memory_mib, dom0_mib),
            record["software_version"]["product_version"],
            Status.CONNECTING,
        )
        host.tags, host.set_up = list(self._target.tags), False
        return tables.hosts.add(host)

    # connect ------------------------------------------------------------------------------

    def _next(self, waiting: list[Host], epoch: int) -> None:
        """One host after the other: the caller waits for all of them."""
        if epoch != self._server.epoch:
            return
        if not waiting:
            self._completion.resolve()
            return
        self._server.connecting.set_up_now(waiting[0]).then(self._connected, waiting, epoch)

    def _connected(self, waiting: list[Host], epoch: int, _ended: Completion) -> None:
        self._next(waiting[1:], epoch)


def _memory(session: Session, ref: str, record: Record) -> tuple[float, float]:
    """Memory of a host and of its dom0, in MiB."""
    total = int(session.ask("host_metrics.get_record", record["metrics"])["memory_total"])
    vms: dict[str, Record] = session.ask("VM.get_all_records")
    own = [int(r["memory_static_max"]) for r in vms.values() if r["is_control_domain"] and r["resident_on"] == ref]
    return total / MIB, sum(own) / MIB


class Deletion:
    """deleteHost: CloudStack forgets a host; the pool hears nothing of it (``cloudstack.md`` 2.5)."""

    def __init__(self, server: ManagementServer, host: Host) -> None:
        self._server = server
        self._host = host

    def check(self, *, forced: bool) -> None:
        """Whether it may be deleted at all.

        :raises ApiError: it may not.
        """
        host, profile = self._host, self._server.profile
        if not host.resource.may_be_deleted and not forced:
            raise refused(
                f"Host with UUID [{host.uuid}] is not in maintenance mode and no forced deletion was requested."
                if profile.since(4, 16)
                else f"Host {host.uuid} cannot be deleted as it is not in maintenance mode. Either put the host into"
                " maintenance or perform a forced deletion."
            )
        if self._server.tables.instances_on(host) and not forced:
            raise failed("Failed to delete host")

    def carry_out(self) -> None:
        """Every VM that is still bound to the host is written off as stopped, whatever it really does."""
        server, host = self._server, self._host
        vms = server.tables.instances_on(host)
        server.ha.forget_host(host)
        server.instances.write_off(vms)
        server.ha.restart_stopped([vm for vm in vms if vm.ha], host)
        for vm in server.tables.instances:
            if vm.last_host is host:
                vm.last_host = None
        server.hosts.status_event(host, StatusEvent.REMOVE)
        host.status, host.attached = Status.REMOVED, False
        server.tables.hosts.remove(host)
        if not server.tables.hosts_of(host.cluster):
            host.cluster.guid = ""
            server.hosts.forget_connection(host.cluster)
