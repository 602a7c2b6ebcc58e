# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The messages that every class has: getters, setters, queries, made from the datamodel."""

from __future__ import annotations

import typing as t

from . import shown
from .errors import NotModelled, XapiError
from .model import Class, load
from .query import compile_where, db_name
from .registry import Call

# Explicit in the datamodel because of rules that no client of the lab meets, plain writes otherwise.
_PLAIN_WRITES = frozenset(
    {
        "VM.set_actions_after_crash",
        "VM.set_HVM_shadow_multiplier",
        "VM.set_HVM_boot_policy",
        "VM.set_start_delay",
        "VM.set_shutdown_delay",
        "VM.set_order",
        "SR.set_name_label",
        "SR.set_name_description",
        "VDI.set_name_label",
        "VDI.set_name_description",
    }
)
_OPEN_MAPS = frozenset({"other_config", "blocked_operations", "platform", "NVRAM", "guest_agent_config"})


def record(call: Call, cls: str, ref: str) -> dict[str, t.Any]:
    """One record as this release shows it; its values are the database's own, to be read only."""
    return shown.record(call.db, cls, ref, call.release)


def answer(call: Call, cls: str, name: str, args: list[t.Any]) -> t.Any:
    """The value of a message that nobody has written by hand.

    :raises NotModelled: when it is more than reading and writing a field.
    """
    match name, args:
        case "get_all", []:
            return list(call.db.rows(cls))
        case "get_all_records", []:
            return shown.all_records(call.db, cls, call.release)
        case "get_all_records_where", [str(expr)]:
            return {ref: record(call, cls, ref) for ref in matching(call, cls, expr)}
        case "get_all_where", [str(expr)]:
            return matching(call, cls, expr)
        case "get_record", [str(ref)]:
            return record(call, cls, ref)
        case "get_by_uuid", [str(uuid)]:
            return call.db.by_uuid(cls, uuid)
        case "get_by_name_label", [str(label)]:
            return call.db.find(cls, name_label=label)
        case _:
            if cls not in load().classes or name not in load().classes[cls].messages:
                raise NotModelled(f"{cls}.{name}")  # hidden ones are more than reading and writing
            return _field_message(call, load().classes[cls], name, args)


def matching(call: Call, cls: str, expr: str) -> list[str]:
    """References of the rows that fit an expression; class role ignores it (seen live)."""
    test = compile_where(expr)
    if cls == "role":
        return list(call.db.rows(cls))
    found = []
    for ref, fields in shown.all_records(call.db, cls, call.release).items():
        row = {db_name(cls, name): value for name, value in fields.items()}
        if test({**row, "_ref": ref}):
            found.append(ref)
    return found


def _field_message(call: Call, entry: Class, name: str, args: list[t.Any]) -> t.Any:
    found = _action(entry, name)
    if found is None:
        raise NotModelled(f"{entry.name}.{name}")
    action, field = found
    return action(call, entry.name, field, *args)


def _action(entry: Class, name: str) -> tuple[t.Callable[..., t.Any], str] | None:
    """What a message does to which field."""
    for prefix, action in _ACTIONS.items():
        field = name.removeprefix(prefix)
        if not name.startswith(prefix) or not (field in entry.fields or f"{field}s" in entry.fields):
            continue
        if prefix == "get_" or _may_write(entry, name, field):
            return action, field
    return None


def is_plain(cls: str, name: str) -> bool:
    """Whether a message is no more than reading or writing a field."""
    entry = load().classes.get(cls)
    return entry is not None and name in entry.messages and _action(entry, name) is not None


def _may_write(entry: Class, name: str, field: str) -> bool:
    return entry.messages[name].implicit or field in _OPEN_MAPS or f"{entry.name}.{name}" in _PLAIN_WRITES


def _get(call: Call, cls: str, field: str, ref: str) -> t.Any:
    return call.db.get(cls, ref, field)


def _set(call: Call, cls: str, field: str, ref: str, value: t.Any) -> None:
    if isinstance(value, dict) and "" in value:
        raise XapiError("INTERNAL_ERROR", "Db_exn.Empty_key_in_map")
    call.db.set(cls, ref, **{field: value})


def _add_to_map(call: Call, cls: str, field: str, ref: str, key: str, value: t.Any) -> None:
    """Test-and-set: a key that is there is refused, with an equal value too (``xapi.md`` 8)."""
    old = call.db.row(cls, ref)[field]
    if not key:
        raise XapiError("INTERNAL_ERROR", "Db_exn.Empty_key_in_map")
    if key in old:
        raise XapiError("MAP_DUPLICATE_KEY", cls, field, ref, key)
    call.db.set(cls, ref, **{field: {**old, key: value}})


def _remove_from_map(call: Call, cls: str, field: str, ref: str, key: str) -> None:
    old = call.db.row(cls, ref)[field]
    call.db.set(cls, ref, **{field: {k: v for k, v in old.items() if k != key}})


def _add_to_set(call: Call, cls: str, field: str, ref: str, value: t.Any) -> None:
    field = field if field in load().classes[cls].fields else f"{field}s"
    old = call.db.row(cls, ref)[field]
    if value not in old:
        call.db.set(cls, ref, **{field: [*old, value]})


def _remove_from_set(call: Call, cls: str, field: str, ref: str, value: t.Any) -> None:
    field = field if field in load().classes[cls].fields else f"{field}s"
    old = call.db.row(cls, ref)[field]
    call.db.set(cls, ref, **{field: [item for item in old if item != value]})


# Longer prefixes first: ``add_to_other_config`` is no ``add_`` of ``to_other_config``.
_ACTIONS: dict[str, t.Callable[..., t.Any]] = {
    "add_to_": _add_to_map,
    "remove_from_": _remove_from_map,
    "get_": _get,
    "set_": _set,
    "add_": _add_to_set,
    "remove_": _remove_from_set,
}
