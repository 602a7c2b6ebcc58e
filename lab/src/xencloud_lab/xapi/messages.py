# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What messages there are in a release, hidden ones included, and which have an async form."""

from __future__ import annotations

from functools import cache

from . import hidden
from .model import Message, Param, load

# Not in the published datamodel, but there (xapi_observed.md, corrections to 1.7; xapi.md 1.10).
_HIDDEN: dict[tuple[str, str], Message] = {
    ("host", "is_in_emergency_mode"): Message("is_in_emergency_mode", "bool", (), True, None, None, False),
    ("host", "local_assert_healthy"): Message("local_assert_healthy", "void", (), True, None, None, False),
    ("host", "ha_xapi_healthcheck"): Message("ha_xapi_healthcheck", "bool", (), True, None, None, False),
    ("host", "propose_new_master"): Message(
        "propose_new_master",
        "void",
        (Param("address", "string", False), Param("manual", "bool", False)),
        True,
        None,
        None,
        False,
    ),
    ("host", "commit_new_master"): Message(
        "commit_new_master", "void", (Param("address", "string", False),), True, None, None, False
    ),
    ("host", "abort_new_master"): Message(
        "abort_new_master", "void", (Param("address", "string", False),), True, None, None, False
    ),
    ("pool_update", "attach"): Message(
        "attach",
        "string",
        (Param("self", "pool_update ref", False), Param("use_localhost_proxy", "bool", False)),
        True,
        "ely",
        None,
        False,
    ),
    ("pool_update", "detach"): Message(
        "detach", "void", (Param("self", "pool_update ref", False),), True, "ely", None, False
    ),
    ("pool_update", "resync_host"): Message(
        "resync_host", "void", (Param("host", "host ref", False),), True, "ely", None, False
    ),
    ("pool", "is_slave"): Message("is_slave", "bool", (Param("host", "host ref", False),), True, None, None, False),
}
_SYNCHRONOUS_CLASSES = frozenset({"session", "event", "message", "system", "auth"})
_SYNCHRONOUS = frozenset(
    {
        ("VM", "set_ha_restart_priority"),
        ("VM", "set_ha_always_run"),
        ("VM", "get_allowed_VBD_devices"),
        ("VM", "get_allowed_VIF_devices"),
        ("VM", "get_boot_record"),
        ("VM", "get_data_sources"),
        ("host", "get_servertime"),
        ("host", "get_server_localtime"),
        ("host", "get_data_sources"),
        ("host", "is_in_emergency_mode"),
        ("host", "local_assert_healthy"),
        ("pool", "is_slave"),
        ("pool", "ha_compute_hypothetical_max_host_failures_to_tolerate"),
        ("pool", "ha_compute_max_host_failures_to_tolerate"),
        ("pool", "ha_compute_vm_failover_plan"),
        ("pool", "ha_failover_plan_exists"),
        ("pool", "ha_prevent_restarts_for"),
        ("task", "create"),
        ("task", "destroy"),
    }
)


@cache
def find(release: str, cls: str, name: str) -> Message | None:
    """The message, if this release knows it."""
    entry = load().classes.get(cls)
    if entry is None:
        return hidden.table().get((cls, name))
    message = entry.messages.get(name) or _unpublished(release, cls, name) or _where(cls, name)
    if message is None or not load().has(release, message.since, None):
        return None
    return load().known_by(release, message)


def _unpublished(release: str, cls: str, name: str) -> Message | None:
    """A hidden message; nothing in a class is older than the class."""
    if not load().has(release, load().classes[cls].since, None):
        return None
    return _HIDDEN.get((cls, name)) or hidden.table().get((cls, name))


def _where(cls: str, name: str) -> Message | None:
    """``get_all_records_where`` and ``get_all_where`` go with ``get_all_records`` (``xapi.md`` 1.10)."""
    if (cls, name) == ("message", "get_all_where"):  # its get_all is not the database's (seen live)
        return None
    base = {"get_all_records_where": "get_all_records", "get_all_where": "get_all"}.get(name)
    return _expression(cls, name, base or "")


def _expression(cls: str, name: str, base: str) -> Message | None:
    message = load().classes[cls].messages.get(base)
    if message is None:
        return None
    return Message(name, message.result, (Param("expr", "string", False),), True, message.since, message.removed, True)


@cache
def removed(release: str, cls: str, name: str) -> bool:
    """Whether the message is only there to say that it is gone: MESSAGE_REMOVED."""
    message = find(release, cls, name)
    return message is not None and not load().has(release, message.since, message.removed)


def has_async(cls: str, name: str, message: Message) -> bool:
    """Whether there is an ``Async`` form (``xapi.md`` 1.8)."""
    made = message.implicit and name not in ("create", "destroy")
    writes_a_map = name.startswith(("add_to_", "remove_from_", "set_other_config"))
    return not (made or writes_a_map or cls in _SYNCHRONOUS_CLASSES or (cls, name) in _SYNCHRONOUS)


@cache
def names(release: str) -> tuple[str, ...]:
    """All messages of a release as ``system.listMethods`` gives them."""
    found = []
    for cls in dict.fromkeys((*load().classes, *hidden.classes())):
        published = load().classes[cls].messages if cls in load().classes else {}
        secret = [name for hidden_cls, name in (*_HIDDEN, *hidden.table()) if hidden_cls == cls]
        every = {*published, *secret, "get_all_records_where", "get_all_where"}
        found += [f"{cls}.{name}" for name in sorted(every) if find(release, cls, name) is not None]
    return tuple(found)
