# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands that the server sends to its XenServer agents, as XAPI calls (``cloudstack.md`` 1.4 to 1.8)."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from ..xapi.errors import Unreachable, XapiError
from .errors import AgentUnavailable
from .rows import Host
from .xen import FAILURES, PoolConnection, Record, Session

Report = dict[str, bool]
"""Which VMs a host has, by name: True when it runs."""

_POWERED = frozenset({"Running"})
_HEARTBEAT_SR_TYPES = frozenset({"nfs", "lvmoiscsi", "lvmohba", "lvmofcoe"})
_CLASS_PACKAGE = "com.cloud.hypervisor.xenserver.resource"


def begin_ping(connection: PoolConnection, host: Host) -> t.Any:
    """The first half of a ping: the host is enabled and its dom0 answers; a value or a ``Completion``.

    :raises AgentUnavailable: it is not, or does not.
    """
    session, ref = connection.connect(host)
    if not session.must("host.get_enabled", ref):
        raise AgentUnavailable(f"{host.name} is not enabled")
    try:
        return session.begin("host.call_plugin", ref, "echo", "main", {})
    except FAILURES as error:
        raise AgentUnavailable(f"echo: {error}") from error


def healthy(connection: PoolConnection, host: Host) -> bool:
    """CheckHealth: the same question, answered at once."""
    try:
        outcome = begin_ping(connection, host)
    except AgentUnavailable:
        return False
    return not isinstance(outcome, Completion) or (outcome.done and outcome.error is None)


def report(connection: PoolConnection, host: Host) -> Report:
    """What runs on this host, by name.

    A list that fails twice makes an empty report, not none at all (``cloudstack.md`` 1.4).
    """
    for _attempt in range(2):
        try:
            session, ref = connection.connect(host)
            records: dict[str, Record] = session.ask("VM.get_all_records")
        except (*FAILURES, AgentUnavailable):
            continue
        return {r["name_label"]: r["power_state"] in _POWERED for r in records.values() if r["resident_on"] == ref}
    return {}


def find_vms(session: Session, name: str) -> list[tuple[str, Record]]:
    """All VMs of the pool with this name.

    :raises AgentUnavailable: the pool does not answer.
    """
    refs = session.must("VM.get_by_name_label", name)
    return [(ref, session.must("VM.get_record", ref)) for ref in refs]


def running_vm(session: Session, name: str) -> tuple[str, Record] | None:
    """CheckVirtualMachine: the VM with this name that runs, anywhere in the pool.

    :raises AgentUnavailable: the pool does not answer.
    """
    found = find_vms(session, name)
    return next(((ref, record) for ref, record in found if record["power_state"] in _POWERED), None)


def host_at(session: Session, address: str) -> str:
    """The host with this address: that is how a migration finds its target.

    :raises AgentUnavailable: none has it.
    """
    for ref, record in session.must("host.get_all_records").items():
        if record["address"] == address:
            return str(ref)
    raise AgentUnavailable(f"there is no host with address {address}")


def eject_discs(session: Session, vm: Record) -> None:
    """What MigrateCommand does first to every CD drive of the VM."""
    for vbd in vm["VBDs"]:
        try:
            record = session.ask("VBD.get_record", vbd)
            if record["type"] == "CD" and not record["empty"]:
                session.begin("VBD.eject", vbd)
        except (XapiError, Unreachable):
            continue


def heartbeat_storage(session: Session, ref: str) -> list[str]:
    """The uuids of the shared storage where this host writes its heartbeat.

    :raises AgentUnavailable: the pool does not answer.
    """
    pbds = session.must("PBD.get_all_records").values()
    plugged = {pbd["SR"] for pbd in pbds if pbd["host"] == ref and pbd["currently_attached"]}
    records: dict[str, Record] = session.must("SR.get_all_records")
    return [r["uuid"] for sr, r in records.items() if sr in plugged and r["type"] in _HEARTBEAT_SR_TYPES]


def strip_tags(connection: PoolConnection, host: Host) -> None:
    """MaintainCommand: forget what marks the scripts as installed, so that the next connect pushes them.

    :raises AgentUnavailable: the pool does not answer, or the host is disabled.
    """
    session, ref = connection.connect(host)
    for tag in session.must("host.get_tags", ref):
        if "cloud" in tag:
            session.must("host.remove_tags", ref, tag)


def scripts_tag(resource_class: str, version: str) -> str:
    """What marks a host as set up by this CloudStack version for this class of hosts."""
    return f"vmops-version-{_CLASS_PACKAGE}.{resource_class}-{version}"


def has_tag(session: Session, ref: str, tag: str) -> bool:
    return tag in session.must("host.get_tags", ref)


def add_tag(session: Session, ref: str, tag: str) -> None:
    session.must("host.add_tags", ref, tag)
