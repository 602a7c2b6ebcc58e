# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of the management server itself (``cloudstack.md`` 2.16). Not to be mistaken for a host's maintenance."""

from __future__ import annotations

from ..call import Call
from ..envelope import Body, date, known
from ..errors import refused
from ..registry import Listing, command

_SHUTDOWN_SINCE = (4, 19, 0)
_MAINTENANCE_SINCE = (4, 21, 0)


def _server(call: Call) -> Body:
    server = call.server
    modern = server.profile.since(4, 21)
    return known(
        {
            "id": server.uuid,
            "name": "ms1",
            "state": server.shutdown.state,
            "version": server.version,
            "javaversion": "17.0.12" if server.profile.since(4, 20) else "11.0.16",
            "kernelversion": "6.1.0",
            "osdistribution": "Linux",
            "lastserverstart": date(server.started_at),
            "ipaddress": server.address or None,
            "agentscount": sum(host.attached for host in server.tables.hosts) if modern else None,
            "pendingjobscount": server.shutdown.pending if modern else None,
        }
    )


@command("listManagementServers", "id", "name", "page", "pagesize", since=(4, 14, 0))
def list_management_servers(call: Call) -> Listing:
    row = _server(call)
    fits = all(call.text(name, row[name]) == row[name] for name in ("id", "name"))
    return Listing("managementserver", [row] if fits else [])


def _check(call: Call) -> None:
    if call.text("managementserverid") != call.server.uuid:
        raise call.bad("managementserverid")


def _readiness(call: Call) -> Body:
    shutdown = call.server.shutdown
    return {
        "readyforshutdown": {
            "managementserverid": call.server.uuid,
            "state": shutdown.state,
            "shutdowntriggered": shutdown.state != "Up",
            "readyforshutdown": shutdown.state == "ReadyToShutDown",
            "pendingjobscount": shutdown.pending,
        }
    }


@command("readyForShutdown", "managementserverid!", since=_SHUTDOWN_SINCE)
def ready_for_shutdown(call: Call) -> Body:
    _check(call)
    return _readiness(call)


@command("prepareForShutdown", "managementserverid!", since=_SHUTDOWN_SINCE)
def prepare_for_shutdown(call: Call) -> Body:
    _check(call)
    call.server.shutdown.prepare(then_end=False)
    return _readiness(call)


@command("triggerShutdown", "managementserverid!", since=_SHUTDOWN_SINCE)
def trigger_shutdown(call: Call) -> Body:
    _check(call)
    call.server.shutdown.prepare(then_end=True)
    return _readiness(call)


@command("cancelShutdown", "managementserverid!", since=_SHUTDOWN_SINCE)
def cancel_shutdown(call: Call) -> Body:
    _check(call)
    call.server.shutdown.cancel()
    return _readiness(call)


@command("prepareForMaintenance", "managementserverid!", "algorithm", "forced", since=_MAINTENANCE_SINCE)
def prepare_for_maintenance(call: Call) -> Body:
    """There is no second management server to move the agents to."""
    _check(call)
    raise refused("Prepare for maintenance not supported, there is only one active management server")


@command("cancelMaintenance", "managementserverid!", since=_MAINTENANCE_SINCE)
def cancel_maintenance(call: Call) -> Body:
    _check(call)
    raise refused("Unable to cancel maintenance, management server is not in maintenance state")
