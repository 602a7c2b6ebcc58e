# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two state machines of a host (``cloudstack.md`` 2.1 and 2.2) and the states of instances."""

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

    @property
    def lost(self) -> bool:
        """Whether the server has no connection to this host."""
        return self in (Status.DOWN, Status.DISCONNECTED, Status.ALERT, Status.REMOVED)


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


class Resource(StrEnum):
    """What the operator wants of a host: ``listHosts.resourcestate``."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"
    PREPARE = "PrepareForMaintenance"
    ERROR_IN_PREPARE = "ErrorInPrepareForMaintenance"
    ERROR = "ErrorInMaintenance"
    MAINTENANCE = "Maintenance"

    @property
    def is_maintenance(self) -> bool:
        """The states that cancelHostMaintenance ends."""
        return self not in (Resource.ENABLED, Resource.DISABLED)

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


class NoTransition(Exception):
    """A state has no successor for an event."""


E_ = StatusEvent
_STATUS: dict[Status, dict[StatusEvent, Status]] = {
    Status.CREATING: {E_.AGENT_CONNECTED: Status.CONNECTING},
    Status.CONNECTING: {
        E_.READY: Status.UP,
        E_.AGENT_CONNECTED: Status.CONNECTING,
        E_.PING: Status.CONNECTING,
        E_.PING_TIMEOUT: Status.ALERT,
        E_.AGENT_DISCONNECTED: Status.ALERT,
        E_.SHUTDOWN_REQUESTED: Status.DISCONNECTED,
        E_.MANAGEMENT_SERVER_DOWN: Status.DISCONNECTED,
        E_.HOST_DOWN: Status.DOWN,
    },
    Status.UP: {
        E_.PING: Status.UP,
        E_.AGENT_CONNECTED: Status.CONNECTING,
        E_.PING_TIMEOUT: Status.ALERT,
        E_.AGENT_DISCONNECTED: Status.ALERT,
        E_.HOST_DOWN: Status.DOWN,
        E_.SHUTDOWN_REQUESTED: Status.DISCONNECTED,
        E_.MANAGEMENT_SERVER_DOWN: Status.DISCONNECTED,
        E_.REMOVE: Status.REMOVED,
    },
    Status.DISCONNECTED: {
        E_.PING: Status.UP,
        E_.AGENT_CONNECTED: Status.CONNECTING,
        E_.PING_TIMEOUT: Status.ALERT,
        E_.HOST_DOWN: Status.DOWN,
        E_.SHUTDOWN_REQUESTED: Status.DISCONNECTED,
        E_.AGENT_DISCONNECTED: Status.DISCONNECTED,
        E_.MANAGEMENT_SERVER_DOWN: Status.DISCONNECTED,
        E_.REMOVE: Status.REMOVED,
    },
    Status.ALERT: {
        E_.PING: Status.UP,
        E_.AGENT_CONNECTED: Status.CONNECTING,
        E_.HOST_DOWN: Status.DOWN,
        E_.SHUTDOWN_REQUESTED: Status.DISCONNECTED,
        E_.AGENT_DISCONNECTED: Status.ALERT,
        E_.MANAGEMENT_SERVER_DOWN: Status.ALERT,
        E_.REMOVE: Status.REMOVED,
    },
    Status.DOWN: {
        E_.AGENT_CONNECTED: Status.CONNECTING,
        E_.SHUTDOWN_REQUESTED: Status.DISCONNECTED,
        E_.AGENT_DISCONNECTED: Status.DOWN,
        E_.PING_TIMEOUT: Status.DOWN,
        E_.HOST_DOWN: Status.DOWN,
        E_.MANAGEMENT_SERVER_DOWN: Status.DOWN,
        E_.REMOVE: Status.REMOVED,
    },
    Status.REMOVED: {},
}

R_ = ResourceEvent
_RESOURCE: dict[Resource, dict[ResourceEvent, Resource]] = {
    Resource.ENABLED: {
        R_.ENABLE: Resource.ENABLED,
        R_.DISABLE: Resource.DISABLED,
        R_.ASK: Resource.PREPARE,
        R_.ENTER: Resource.MAINTENANCE,
    },
    Resource.DISABLED: {R_.ENABLE: Resource.ENABLED, R_.DISABLE: Resource.DISABLED},
    Resource.PREPARE: {
        R_.ENTER: Resource.MAINTENANCE,
        R_.CANCEL: Resource.ENABLED,
        R_.UNABLE_TO_MIGRATE: Resource.ERROR_IN_PREPARE,
        R_.UNABLE_TO_MAINTAIN: Resource.ERROR,
    },
    Resource.ERROR_IN_PREPARE: {
        R_.CORRECTED: Resource.PREPARE,
        R_.ENTER: Resource.MAINTENANCE,
        R_.UNABLE_TO_MAINTAIN: Resource.ERROR,
        R_.UNABLE_TO_MIGRATE: Resource.ERROR_IN_PREPARE,
        R_.CANCEL: Resource.ENABLED,
        R_.DISABLE: Resource.DISABLED,
    },
    Resource.ERROR: {R_.ASK: Resource.PREPARE, R_.CANCEL: Resource.ENABLED, R_.DISABLE: Resource.DISABLED},
    Resource.MAINTENANCE: {R_.CANCEL: Resource.ENABLED},
}

# Before 4.14 there is one error state, which the monitor re-examines (``cloudstack.md`` 2.2).
_RESOURCE_BEFORE_EIPFM: dict[Resource, dict[ResourceEvent, Resource]] = {
    **_RESOURCE,
    Resource.PREPARE: {
        R_.ENTER: Resource.MAINTENANCE,
        R_.CANCEL: Resource.ENABLED,
        R_.UNABLE_TO_MIGRATE: Resource.ERROR,
        R_.UNABLE_TO_MAINTAIN: Resource.ERROR,
    },
    Resource.ERROR: {
        R_.ENTER: Resource.MAINTENANCE,
        R_.CANCEL: Resource.ENABLED,
        R_.DISABLE: Resource.DISABLED,
        R_.UNABLE_TO_MIGRATE: Resource.ERROR,
        R_.UNABLE_TO_MAINTAIN: Resource.ERROR,
    },
}


def next_status(status: Status, event: StatusEvent) -> Status:
    """The status after this event; one that it does not know changes nothing."""
    return _STATUS[status].get(event, status)


def possible_events(status: Status) -> str:
    """``listHosts.events``."""
    return "; ".join(_STATUS[status])


def next_resource(state: Resource, event: ResourceEvent, *, has_eipfm: bool) -> Resource:
    """The resource state after this event.

    :raises NoTransition: it has none.
    """
    table = _RESOURCE if has_eipfm else _RESOURCE_BEFORE_EIPFM
    if event not in table[state]:
        raise NoTransition(f"No next resource state found for current state = {state} event = {event}")
    return table[state][event]


class VmState(StrEnum):
    """States of an instance."""

    STARTING = "Starting"
    RUNNING = "Running"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    MIGRATING = "Migrating"
    ERROR = "Error"
    UNKNOWN = "Unknown"


TRANSIENT = frozenset({VmState.STARTING, VmState.STOPPING, VmState.MIGRATING})
ON_A_HOST = frozenset({VmState.RUNNING, *TRANSIENT, VmState.ERROR, VmState.UNKNOWN})
