# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What follows what: the transitions of host status and resource state (``cloudstack.md`` 2.1, 2.2)."""

from __future__ import annotations

import typing as t

from .profiles import Profile
from .states import NoTransition, Resource, ResourceEvent, Status, StatusEvent

E_ = StatusEvent
R_ = ResourceEvent
StatusTable = dict[Status, dict[StatusEvent, Status]]
ResourceTable = dict[Resource, dict[ResourceEvent, Resource]]

_STATUS: StatusTable = {
    Status.CREATING: {E_.AGENT_CONNECTED: Status.CONNECTING, E_.ERROR: Status.ERROR},
    Status.CONNECTING: {
        E_.READY: Status.UP,
        E_.AGENT_CONNECTED: Status.CONNECTING,
        E_.PING: Status.CONNECTING,
        E_.PING_TIMEOUT: Status.ALERT,
        E_.AGENT_DISCONNECTED: Status.ALERT,
        E_.SHUTDOWN_REQUESTED: Status.DISCONNECTED,
        E_.MANAGEMENT_SERVER_DOWN: Status.DISCONNECTED,
        E_.HOST_DOWN: Status.DOWN,
        E_.START_REBALANCE: Status.REBALANCING,
    },
    Status.UP: {
        E_.PING: Status.UP,
        E_.AGENT_CONNECTED: Status.CONNECTING,
        E_.PING_TIMEOUT: Status.ALERT,
        E_.AGENT_DISCONNECTED: Status.ALERT,
        E_.HOST_DOWN: Status.DOWN,
        E_.SHUTDOWN_REQUESTED: Status.DISCONNECTED,
        E_.MANAGEMENT_SERVER_DOWN: Status.DISCONNECTED,
        E_.START_REBALANCE: Status.REBALANCING,
        E_.REMOVE: Status.REMOVED,
    },
    Status.DISCONNECTED: {
        E_.PING: Status.UP,
        E_.AGENT_CONNECTED: Status.CONNECTING,
        E_.PING_TIMEOUT: Status.ALERT,
        E_.WAITED_TOO_LONG: Status.ALERT,
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
    Status.REBALANCING: {
        E_.REBALANCE_COMPLETED: Status.CONNECTING,
        E_.REBALANCE_FAILED: Status.DISCONNECTED,
        E_.MANAGEMENT_SERVER_DOWN: Status.DISCONNECTED,
        E_.SHUTDOWN_REQUESTED: Status.DISCONNECTED,
        E_.AGENT_CONNECTED: Status.CONNECTING,
    },
    Status.ERROR: {E_.AGENT_CONNECTED: Status.CONNECTING},
    Status.REMOVED: {},
}

# The oldest version: a connecting host does not fall to Down, one in Alert or Down hears less.
_OLD_STATUS: StatusTable = {
    **_STATUS,
    Status.CONNECTING: {**_STATUS[Status.CONNECTING], E_.HOST_DOWN: Status.ALERT},
    Status.ALERT: {e: s for e, s in _STATUS[Status.ALERT].items() if e not in (E_.HOST_DOWN, E_.SHUTDOWN_REQUESTED)},
    Status.DOWN: {e: s for e, s in _STATUS[Status.DOWN].items() if e is not E_.SHUTDOWN_REQUESTED},
}

_RESOURCE: ResourceTable = {
    Resource.CREATING: {R_.CREATED: Resource.ENABLED, R_.ERROR: Resource.BROKEN},
    Resource.ENABLED: {
        R_.ENABLE: Resource.ENABLED,
        R_.DISABLE: Resource.DISABLED,
        R_.ASK: Resource.PREPARE,
        R_.DEGRADE: Resource.DEGRADED,
        R_.ENTER: Resource.MAINTENANCE,
        R_.DELETE: Resource.DISABLED,
        R_.CREATED: Resource.ENABLED,
    },
    Resource.DISABLED: {
        R_.ENABLE: Resource.ENABLED,
        R_.DISABLE: Resource.DISABLED,
        R_.DEGRADE: Resource.DEGRADED,
        R_.DELETE: Resource.DISABLED,
        R_.CREATED: Resource.DISABLED,
    },
    Resource.PREPARE: {
        R_.ENTER: Resource.MAINTENANCE,
        R_.CANCEL: Resource.ENABLED,
        R_.UNABLE_TO_MIGRATE: Resource.ERROR_IN_PREPARE,
        R_.UNABLE_TO_MAINTAIN: Resource.ERROR,
        R_.CREATED: Resource.PREPARE,
    },
    Resource.ERROR_IN_PREPARE: {
        R_.CORRECTED: Resource.PREPARE,
        R_.ENTER: Resource.MAINTENANCE,
        R_.UNABLE_TO_MAINTAIN: Resource.ERROR,
        R_.UNABLE_TO_MIGRATE: Resource.ERROR_IN_PREPARE,
        R_.CANCEL: Resource.ENABLED,
        R_.DISABLE: Resource.DISABLED,
        R_.DELETE: Resource.DISABLED,
    },
    Resource.ERROR: {
        R_.ASK: Resource.PREPARE,
        R_.CANCEL: Resource.ENABLED,
        R_.DISABLE: Resource.DISABLED,
        R_.DELETE: Resource.DISABLED,
    },
    Resource.MAINTENANCE: {
        R_.CANCEL: Resource.ENABLED,
        R_.DEGRADE: Resource.DEGRADED,
        R_.DELETE: Resource.DISABLED,
        R_.CREATED: Resource.MAINTENANCE,
    },
    Resource.DEGRADED: {
        R_.ENABLE_DEGRADED: Resource.ENABLED,
        R_.ASK: Resource.MAINTENANCE,
        R_.DELETE: Resource.DISABLED,
    },
    Resource.BROKEN: {},
}

# Before 4.14 there is one error state, which the monitor re-examines (``cloudstack.md`` 2.2).
_ONE_ERROR_STATE: ResourceTable = {
    Resource.PREPARE: {**_RESOURCE[Resource.PREPARE], R_.UNABLE_TO_MIGRATE: Resource.ERROR},
    Resource.ERROR: {
        R_.ENTER: Resource.MAINTENANCE,
        R_.CANCEL: Resource.ENABLED,
        R_.DISABLE: Resource.DISABLED,
        R_.DELETE: Resource.DISABLED,
        R_.UNABLE_TO_MIGRATE: Resource.ERROR,
        R_.UNABLE_TO_MAINTAIN: Resource.ERROR,
    },
}


def next_status(profile: Profile, status: Status, event: StatusEvent) -> Status:
    """The status after this event; one that it does not know changes nothing."""
    return _status_table(profile)[status].get(event, status)


def possible_events(profile: Profile, status: Status) -> str:
    """``listHosts.events``."""
    return "; ".join(_status_table(profile)[status])


def _status_table(profile: Profile) -> StatusTable:
    return _STATUS if profile.full_status_machine else _OLD_STATUS


def next_resource(profile: Profile, state: Resource, event: ResourceEvent) -> Resource:
    """The resource state after this event.

    :raises NoTransition: it has none.
    """
    row = _RESOURCE[state]
    if not profile.has_eipfm:
        row = _ONE_ERROR_STATE.get(state, row)
    if event not in row or (state, event) in _missing(profile):
        raise NoTransition(f"No next resource state found for current state = {state} event = {event}")
    return row[event]


def _missing(profile: Profile) -> t.Collection[tuple[Resource, ResourceEvent]]:
    """Transitions that came later than this version."""
    missing = {(state, R_.DEGRADE) for state in Resource} if not profile.has_degraded else set()
    return missing if profile.deletes_disabled else {*missing, (Resource.DISABLED, R_.DELETE)}
