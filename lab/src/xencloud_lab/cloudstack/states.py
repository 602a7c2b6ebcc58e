# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two state machines of a host (``cloudstack.md`` 2.1 and 2.2) and of an instance."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """The connection between management server and host: ``listHosts.state``."""

    CREATING = "Creating"
    CONNECTING = "Connecting"
    UP = "Up"
    DOWN = "Down"
    DISCONNECTED = "Disconnected"
    ALERT = "Alert"
    REMOVED = "Removed"
    ERROR = "Error"
    REBALANCING = "Rebalancing"

    @property
    def lost(self) -> bool:
        """Whether the server has no connection to this host."""
        return self not in (Status.CREATING, Status.CONNECTING, Status.UP)


class StatusEvent(StrEnum):
    """What happens to a connection."""

    AGENT_CONNECTED = "AgentConnected"
    READY = "Ready"
    PING = "Ping"
    PING_TIMEOUT = "PingTimeout"
    AGENT_DISCONNECTED = "AgentDisconnected"
    SHUTDOWN_REQUESTED = "ShutdownRequested"
    MANAGEMENT_SERVER_DOWN = "ManagementServerDown"
    HOST_DOWN = "HostDown"
    REMOVE = "Remove"
    WAITED_TOO_LONG = "WaitedTooLong"
    START_REBALANCE = "StartAgentRebalance"
    REBALANCE_COMPLETED = "RebalanceCompleted"
    REBALANCE_FAILED = "RebalanceFailed"
    ERROR = "Error"


class Resource(StrEnum):
    """What the operator wants of a host: ``listHosts.resourcestate``."""

    CREATING = "Creating"
    ENABLED = "Enabled"
    DISABLED = "Disabled"
    PREPARE = "PrepareForMaintenance"
    ERROR_IN_PREPARE = "ErrorInPrepareForMaintenance"
    ERROR = "ErrorInMaintenance"
    MAINTENANCE = "Maintenance"
    BROKEN = "Error"
    DEGRADED = "Degraded"

    @property
    def is_maintenance(self) -> bool:
        """The states that cancelHostMaintenance ends."""
        return self in (Resource.MAINTENANCE, Resource.ERROR) or self.is_preparing

    @property
    def may_be_deleted(self) -> bool:
        """Whether deleteHost needs no force."""
        return self in (Resource.MAINTENANCE, Resource.DEGRADED)

    @property
    def is_preparing(self) -> bool:
        """VMs are on their way off the host."""
        return self in (Resource.PREPARE, Resource.ERROR_IN_PREPARE)


class ResourceEvent(StrEnum):
    """What changes the resource state."""

    ENABLE = "Enable"
    DISABLE = "Disable"
    ASK = "AdminAskMaintenance"
    CANCEL = "AdminCancelMaintenance"
    ENTER = "InternalEnterMaintenance"
    UNABLE_TO_MIGRATE = "UnableToMigrate"
    UNABLE_TO_MAINTAIN = "UnableToMaintain"
    CORRECTED = "ErrorsCorrected"
    CREATED = "InternalCreated"
    ERROR = "Error"
    DEGRADE = "DeclareHostDegraded"
    ENABLE_DEGRADED = "EnableDegradedHost"
    DELETE = "DeleteHost"


class NoTransition(Exception):
    """A state has no successor for an event."""


class VmState(StrEnum):
    """States of an instance."""

    STARTING = "Starting"
    RUNNING = "Running"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    MIGRATING = "Migrating"
    ERROR = "Error"
    UNKNOWN = "Unknown"
    DESTROYED = "Destroyed"
    EXPUNGING = "Expunging"


TRANSIENT = frozenset({VmState.STARTING, VmState.STOPPING, VmState.MIGRATING})
ON_A_HOST = frozenset({VmState.RUNNING, *TRANSIENT, VmState.ERROR, VmState.UNKNOWN})
