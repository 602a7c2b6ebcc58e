# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings with their scopes (``cloudstack.md``, Appendix A), and the durations that the engines take from them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .profiles import Profile, Version, profile_for
from .rows import Row


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting; ``dynamic`` ones apply at once, the others at the server's next start."""

    name: str
    default: str
    description: str
    dynamic: bool = False
    scope: str = "global"
    category: str = "Advanced"
    component: str = "management-server"
    since: Version = (4, 4, 0)


SETTINGS: tuple[Setting, ...] = (
    Setting("ping.interval", "60", "Interval to send application level pings, in seconds"),
    Setting("ping.timeout", "2.5", "Multiplier to ping.interval before announcing an agent has timed out", True),
    Setting("alert.wait", "1800", "Seconds to wait before alerting on a disconnected agent", True),
    Setting("wait", "1800", "Time in seconds to wait for control commands to return"),
    Setting("commands.timeout", "", "Timeouts for specific commands", since=(4, 22, 0)),
    Setting("direct.agent.scan.interval", "90", "Seconds between scans for hosts that nobody manages"),
    Setting("direct.agent.load.size", "16", "Hosts that one scan connects"),
    Setting("direct.agent.pool.size", "500", "Threads for agents in the server"),
    Setting("direct.agent.thread.cap", "1", "Share of the threads that one agent may take"),
    Setting("xapiwait", "60", "Seconds to wait for XAPI to accept a command"),
    Setting("migratewait", "3600", "Seconds to wait for a VM migration"),
    Setting("xenserver.heartbeat.interval", "60", "Heartbeat interval of the hosts, in seconds"),
    Setting("xenserver.heartbeat.timeout", "120", "Seconds without a heartbeat before a host fences itself"),
    Setting("xenserver.nics.max", "7", "Maximum allowed NICs of a VM"),
    Setting("xenserver.setup.multipath", "false", "Set up the hosts for multipath"),
    Setting("vm.ha.enabled", "true", "Whether VMs are restarted after a failure", True, "zone", since=(4, 19, 0)),
    Setting("vm.ha.alerts.enabled", "true", "Whether VM HA sends alerts", True, "zone", since=(4, 19, 0)),
    Setting("force.ha", "false", "HA for all VMs, whatever their offering says", True, "cluster"),
    Setting("ha.workers", "5", "Number of HA worker threads"),
    Setting("ha.tag", "", "Tag of hosts that are kept for HA"),
    Setting("ha.vm.restart.hostup", "true", "Restart VMs that stopped while their host is up", True, since=(4, 5, 0)),
    Setting("investigate.retry.interval", "60", "Seconds between investigations", False, "cluster"),
    Setting("migrate.retry.interval", "120", "Seconds between migration retries", False, "cluster"),
    Setting("restart.retry.interval", "600", "Seconds between restart retries", False, "cluster"),
    Setting("stop.retry.interval", "600", "Seconds between stop retries", False, "cluster"),
    Setting("max.retries", "5", "Times to try restarting a VM"),
    Setting("vm.ha.migration.max.retries", "5", "Times to try migrating a VM away", True, since=(4, 14, 0)),
    Setting("time.to.sleep", "60", "Seconds an idle HA worker sleeps"),
    Setting("time.between.failures", "3600", "Seconds between purges of finished HA work"),
    Setting(
        "host.maintenance.local.storage.strategy", "Error", "Error, Migration or ForceStop", True, since=(4, 14, 0)
    ),
    Setting(
        "set.host.down.to.maintenance",
        "false",
        "A Down host goes straight to Maintenance",
        True,
        "zone",
        since=(4, 19, 0),
    ),
    Setting(
        "migrate.vm.across.clusters", "false", "Whether VMs may leave their cluster", True, "zone", since=(4, 19, 0)
    ),
    Setting("execute.in.sequence.hypervisor.commands", "false", "Ignored for XenServer"),
    Setting("concurrent.migrations.per.target.datastore", "0", "Migrations to one target, 0 for no limit", True),
    Setting("capacity.check.period", "300000", "Milliseconds between capacity checks"),
    Setting("capacity.skipcounting.hours", "3600", "Seconds that a stopped VM keeps its reservation", True),
    Setting("cluster.cpu.allocated.capacity.disablethreshold", "0.85", "Share of CPU", True, "cluster"),
    Setting("cluster.memory.allocated.capacity.disablethreshold", "0.85", "Share of memory", True, "cluster"),
    Setting("cpu.overprovisioning.factor", "1.0", "CPU overcommit", True, "cluster"),
    Setting("mem.overprovisioning.factor", "1.0", "Memory overcommit", True, "cluster"),
    Setting("vm.allocation.algorithm", "random", "random, firstfit or userdispersing", True),
    Setting("vm.strict.host.tags", "", "Host tags that a migration must respect", True, since=(4, 19, 0)),
    Setting("drs.automatic.enable", "false", "Whether DRS moves VMs by itself", True, "cluster", since=(4, 19, 0)),
    Setting("default.page.size", "500", "Rows of a page"),
    Setting("api.throttling.enabled", "false", "API rate limiting"),
    Setting("api.throttling.interval", "1", "Seconds of an API limit interval"),
    Setting("api.throttling.max", "25", "API calls an interval"),
    Setting("job.expire.minutes", "1440", "Minutes that async jobs are kept"),
    Setting("job.cancel.threshold.minutes", "60", "Minutes after which a job may be cancelled"),
    Setting("xenserver.check.hvm", "true", "Whether hosts must be able to run HVM guests"),
    Setting("xenserver.hotfix.enabled", "false", "Use features of hotfixes"),
    Setting("ha.investigators.order", "SimpleInvestigator,XenServerInvestigator,PingInvestigator", "Investigators"),
    Setting("ha.investigators.exclude", "", "Investigators that are not asked"),
    Setting("ha.fence.builders.exclude", "RecreatableFencer", "Fencers that are not used"),
    Setting("host.ping.retry.count", "0", "Times that a host is pinged again", True, since=(4, 19, 0)),
    Setting("host.ping.retry.timer", "5", "Seconds between two pings of a host", True, since=(4, 19, 0)),
    Setting("vm.job.enabled", "true", "Whether VM work is queued by VM"),
    Setting("vm.job.check.interval", "3000", "Milliseconds between looks at VM work"),
    Setting("vm.job.timeout", "600000", "Milliseconds before VM work may be cancelled"),
    Setting("default.ui.page.size", "20", "Rows of a page in the user interface"),
    Setting("integration.api.port", "0", "Port of the unauthenticated API"),
    Setting("json.content.type", "application/json; charset=UTF-8", "Content type of JSON answers", True),
    Setting("enforce.post.requests.and.timestamps", "false", "State changes need POST and expires", since=(4, 22, 0)),
    Setting(
        "enable.additional.vm.configuration", "false", "Extra configuration of VMs", True, "account", since=(4, 14, 0)
    ),
    Setting(
        "allow.additional.vm.configuration.list.xenserver",
        "",
        "Keys allowed as extra configuration",
        True,
        since=(4, 14, 0),
    ),
)


_OLD_DEFAULTS = {"json.content.type": "text/javascript; charset=UTF-8"}


def _as_of(profile: Profile, setting: Setting) -> Setting:
    """The oldest version has another prefix for XenServer's settings, and another content type (4.1, 7)."""
    if profile.since(4, 11):
        return setting
    name = setting.name.replace("xenserver.", "xen.")
    return replace(setting, name=name, default=_OLD_DEFAULTS.get(setting.name, setting.default))


class Settings:
    """The values; what is not dynamic takes effect with ``apply``, at the start of the server.

    A value of a cluster or a zone goes before the global one where that is asked for.
    """

    def __init__(self, overrides: dict[str, str], version: str = "4.22.0.0") -> None:
        self._profile = profile_for(version)
        rows = [_as_of(self._profile, s) for s in SETTINGS if self._profile.since(*s.since)]
        self.known = {setting.name: setting for setting in rows}
        unknown = sorted(set(overrides) - set(self.known))
        if unknown:
            raise ValueError(f"cloudstack: the setting {unknown[0]} is not modelled. Remove it from the estate")
        self.values = {name: overrides.get(name, setting.default) for name, setting in self.known.items()}
        self._applied = dict(self.values)
        self._scoped: dict[tuple[str, str], str] = {}
        self._absent = {s.name: s.default for s in SETTINGS}

    def apply(self) -> None:
        """The server starts: everything that was written is in force."""
        self._applied = dict(self.values)

    def set(self, name: str, value: str, scope: str | None = None) -> None:
        """Write a value, globally or for the object with this uuid."""
        if scope is not None:
            self._scoped[name, scope] = value
            return
        self.values[name] = value
        if self.known[name].dynamic:
            self._applied[name] = value

    def shown(self, name: str, scope: str | None = None) -> str:
        """What listConfigurations tells."""
        return self._scoped.get((name, scope or ""), self.values[name])

    def text(self, name: str, *scopes: Row) -> str:
        """What is in force, for the first of these objects that has its own value."""
        own = [self._scoped[name, row.uuid] for row in scopes if (name, row.uuid) in self._scoped]
        if own:
            return own[0]
        if name not in self._applied and not self._profile.since(4, 11):
            name = name.replace("xenserver.", "xen.")
        return self._applied[name] if name in self._applied else self._absent[name]

    def number(self, name: str, *scopes: Row) -> float:
        return float(self.text(name, *scopes))

    def flag(self, name: str, *scopes: Row) -> bool:
        return self.text(name, *scopes).lower() == "true"


@dataclass(frozen=True, slots=True)
class CloudStackDurations:
    """Seconds of world time: from the settings, and (last group) what the work itself takes."""

    ping: float
    behind: float
    alert_wait: float
    scan: float
    migrate_wait: float
    heartbeat: float
    heartbeat_stale: float
    investigate_retry: float
    migrate_retry: float
    restart_retry: float
    stop_retry: float
    worker_sleep: float
    capacity_check: float
    missing: float

    submit: float = 0.2
    configure: float = 1.0
    initialize: float = 2.0
    set_up: float = 20.0
    ready: float = 2.0
    restart: float = 90.0
    unmanage_step: float = 5.0
    unmanage_steps: int = 40
    migrate_poll: float = 1.0
    system_vm_check: float = 30.0


def durations(settings: Settings) -> CloudStackDurations:
    """The durations that these settings give."""
    n = settings.number
    return CloudStackDurations(
        ping=n("ping.interval"),
        behind=n("ping.interval") * n("ping.timeout"),
        alert_wait=n("alert.wait"),
        scan=n("direct.agent.scan.interval"),
        migrate_wait=n("migratewait"),
        heartbeat=n("xenserver.heartbeat.interval"),
        heartbeat_stale=n("xenserver.heartbeat.timeout"),
        investigate_retry=n("investigate.retry.interval"),
        migrate_retry=n("migrate.retry.interval"),
        restart_retry=n("restart.retry.interval"),
        stop_retry=n("stop.retry.interval"),
        worker_sleep=n("time.to.sleep"),
        capacity_check=n("capacity.check.period") / 1000,
        missing=2 * n("ping.interval"),
    )
