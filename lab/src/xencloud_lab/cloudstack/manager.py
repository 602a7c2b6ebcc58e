# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The management server: its database, its engines, its clock, and its restarts."""

from __future__ import annotations

import time
import typing as t
import uuid

from ..timeline import Event
from .capacity import Capacity
from .clusters import Clusters
from .connecting import Connecting
from .ha import HighAvailability
from .heartbeat import Heartbeats
from .hosts import Hosts
from .instances import Instances
from .jobs import Jobs
from .journal import Journal
from .maintenance import Maintenance
from .monitor import Monitor
from .pings import Pings
from .planner import Planner
from .profiles import profile_for
from .settings import Settings, durations
from .shutdown import Shutdown
from .states import StatusEvent
from .sync import VmSync
from .tables import Tables
from .users import User, Users

if t.TYPE_CHECKING:
    from ..world import World

MONTH_S = 30 * 86400.0


class ManagementServer:
    """One CloudStack.

    :ivar epoch: counts its starts; what an earlier one began does not come back to this one.
    :ivar running: whether its process is there and answers.
    """

    def __init__(self, world: World, version: str, keys: dict[str, str], settings: dict[str, str]) -> None:
        self.world = world
        self.version = version
        self.profile = profile_for(version)
        self.settings = Settings(settings, version)
        self.durations = durations(self.settings)
        self.tables = Tables(world.random)
        self.uuid = self.tables.new_uuid()
        self.account_uuid, self.domain_uuid, self.user_uuid = (self.tables.new_uuid() for _id in range(3))
        self.address = ""
        self.users = Users()
        for number, (key, secret) in enumerate(keys.items()):
            name = "admin" if number == 0 else f"admin{number + 1}"
            self.users.add(User(name, self.user_uuid, self.account_uuid, key, secret, password="password"))
        self.clock_skew_s = 0.0
        self.epoch = 0
        self._starting = 0
        self.running = False
        self.shutdown = Shutdown(self)
        self.started_at = world.timeline.now
        self._make_engines()

    def _make_engines(self) -> None:
        self.journal = Journal(self.tables)
        self.capacity = Capacity(self.tables, self.settings.number("capacity.skipcounting.hours"))
        self.planner = Planner(self.tables, self.capacity, self.settings, self.profile, self.world.random)
        self.hosts = Hosts(self)
        self.instances = Instances(self)
        self.clusters = Clusters(self)
        self.jobs = Jobs(self)
        self.sync = VmSync(self)
        self.pings = Pings(self)
        self.heartbeats = Heartbeats(self)
        self.connecting = Connecting(self)
        self.ha = HighAvailability(self)
        self.maintenance = Maintenance(self)
        self.monitor = Monitor(self)

    # time ---------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        return self.world.timeline.now

    def clients_clock(self) -> float:
        """The clock that signatures expire by.

        Clients live in real time and the world does not: a lab that runs at many times the speed
        would refuse all of them. ``clock_skew_s`` is how wrong the server's clock is.
        """
        return time.time() + self.clock_skew_s

    @property
    def long_ago(self) -> float:
        """When what is there from the start was made."""
        return self.started_at - MONTH_S

    def lasting_uuid(self, what: str) -> str:
        """The uuid of something that has no row: the same every time."""
        return str(uuid.uuid5(uuid.UUID(self.uuid), what))

    def after(self, seconds: float, action: t.Callable[..., t.Any], *args: t.Any) -> Event:
        """Let something happen in this many seconds of world time."""
        return self.world.timeline.after(seconds, action, *args)

    def log(self, text: str) -> None:
        """What only the log of the management server tells."""
        self.world.book.note("cloudstack_log", "management server", text)

    # life ---------------------------------------------------------------------------------

    def start(self) -> None:
        """The process is up: settings are in force, all loops run."""
        self.settings.apply()
        self.durations = durations(self.settings)
        self.epoch += 1
        self.running = True
        self.started_at = self.now
        self.capacity.recount()
        self.after(0, self.connecting.scan, self.epoch)
        self.after(self.durations.ping, self.monitor.tick, self.epoch)
        self.after(self.durations.worker_sleep, self.ha.idle_loop, self.epoch)
        self.after(self.durations.capacity_check, self._check_capacity, self.epoch)

    def restart(self) -> None:
        """The process ends and comes back: jobs are lost, hosts and queued work are taken up again."""
        if self.running:
            self.stop()
        self._starting += 1
        self.after(self.durations.restart, self._start_again, self._starting)

    def _start_again(self, number: int) -> None:
        if number == self._starting and not self.running:
            self.start()

    def stop(self) -> None:
        """The process ends."""
        self.running = False
        self.shutdown.ended()
        self.epoch += 1
        self.world.book.note("cloudstack_restart", "management server")
        self.jobs.lose_all()
        self.instances.release_all()
        self.ha.release_all()
        self.connecting.forget()
        self.hosts.drop_connections()
        for host in self.tables.hosts:
            self.hosts.status_event(host, StatusEvent.MANAGEMENT_SERVER_DOWN)
            host.attached = False

    def _check_capacity(self, epoch: int) -> None:
        if epoch != self.epoch:
            return
        self.capacity.recount()
        self.after(self.durations.capacity_check, self._check_capacity, epoch)

    def summary(self) -> dict[str, t.Any]:
        """What it believes, for the lab's own state display."""
        return {
            "version": self.version,
            "running": self.running,
            "clusters": {
                c.name: {"managed_state": str(c.managed_state), "allocation_state": str(c.allocation_state)}
                for c in self.tables.clusters
            },
            "hosts": {h.name: {"state": str(h.status), "resource_state": str(h.resource)} for h in self.tables.hosts},
            "instances": {
                vm.display_name: {
                    "internal_name": vm.name,
                    "state": str(vm.state),
                    "host": vm.host.name if vm.host else None,
                }
                for vm in self.tables.instances
            },
        }
