# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parts of a value that the recorder chose: which part it was is found by its shape."""

from __future__ import annotations

import typing as t

from .compare import difference, same_set
from .symbols import Symbols

SMALL = 8


def selected(expected: t.Any, value: t.Any, symbols: Symbols) -> str | None:
    """What is wrong with the chosen part; None when it is alike."""
    match expected, value:
        case dict(), {"events": list()}:
            return _batch(expected, value, symbols)
        case dict(), dict():
            return _fields(expected, value, symbols)
        case list(), {"events": list(events), "token": str()} if expected and isinstance(expected[0], list):
            return same_set(expected, [[e["class"], e["operation"]] for e in events], symbols)
        case list(), dict() if all(isinstance(item, str) for item in expected):
            return same_set(expected, _labels(value), symbols, "names")
        case list(), dict():
            return _rows(expected, list(value.values()), symbols)
        case str(), dict():
            return None if expected in value.values() else f"{expected!r} is not among {value}"
        case _:
            return difference(expected, value, symbols)


def _labels(value: dict[str, t.Any]) -> list[str]:
    """Names of records, or the keys of anything else."""
    if all(isinstance(record, dict) for record in value.values()):
        return sorted(record.get("name_label", "") for record in value.values())
    return sorted(value)


def _fields(expected: dict[str, t.Any], value: dict[str, t.Any], symbols: Symbols) -> str | None:
    for key, wanted in expected.items():
        if key not in value:
            return f"{key} is missing"
        found = difference({key: wanted}, {key: value[key]}, symbols)
        if found:
            return found
    return None


# rows of records --------------------------------------------------------------------------


def _rows(expected: list[t.Any], records: list[dict[str, t.Any]], symbols: Symbols) -> str | None:
    """Each row of values is a record of its own."""
    rest = list(records)
    for row in expected:
        wanted = row if isinstance(row, list) else [row]
        found = next((record for record in rest if _row_fits(wanted, record, symbols)), None)
        if found is None:
            return f"there is no record with {row}"
        rest.remove(found)
    return None


def _row_fits(row: list[t.Any], record: dict[str, t.Any], symbols: Symbols) -> bool:
    values = list(record.values())
    counts = [len(value) for value in values if isinstance(value, list)]
    return all(
        any(difference(item, value, symbols) is None for value in values) or (type(item) is int and item in counts)
        for item in row
    )


# batches of events ------------------------------------------------------------------------


def _batch(expected: dict[str, t.Any], value: dict[str, t.Any], symbols: Symbols) -> str | None:
    for key, wanted in expected.items():
        found = _BATCH.get(key, _unknown)(wanted, value, symbols)
        if found:
            return f"{key}: {found}"
    return None


def _unknown(_wanted: t.Any, _value: dict[str, t.Any], _symbols: Symbols) -> str | None:
    return "this part of a batch is not understood"


def _keys(wanted: t.Any, value: dict[str, t.Any], symbols: Symbols) -> str | None:
    return same_set(wanted, sorted(value), symbols)


def _events(wanted: list[t.Any], value: dict[str, t.Any], symbols: Symbols) -> str | None:
    shapes: list[t.Any] = [_shape(event) for event in value["events"]]
    if wanted and isinstance(wanted[0], list):
        shapes = [[event["class"], event["operation"], event["ref"]] for event in value["events"]]
    return same_set(wanted, shapes, symbols)


def _shape(event: dict[str, t.Any]) -> dict[str, t.Any]:
    snapshot = event.get("snapshot")
    return {
        "keys": sorted(event),
        "class": event["class"],
        "operation": event["operation"],
        "ref": event["ref"],
        "id_type": _type_name(event["id"]),
        "timestamp_type": _type_name(event["timestamp"]),
        "snapshot": _snapshot(snapshot),
    }


def _snapshot(snapshot: dict[str, t.Any] | None) -> t.Any:
    """The recorder counted the fields of large records and named those of small ones."""
    if snapshot is None:
        return None
    return f"record of {len(snapshot)} fields" if len(snapshot) > SMALL else sorted(snapshot)


def _type_name(value: t.Any) -> str:
    return type(value).__name__


def _event_count(wanted: int, value: dict[str, t.Any], _symbols: Symbols) -> str | None:
    count = len(value["events"])
    return None if count == wanted else f"expected {wanted}, got {count}"


def _classes(wanted: list[str], value: dict[str, t.Any], symbols: Symbols) -> str | None:
    return same_set(wanted, sorted({event["class"] for event in value["events"]}), symbols)


def _operations(wanted: list[str], value: dict[str, t.Any], symbols: Symbols) -> str | None:
    return same_set(wanted, sorted({event["operation"] for event in value["events"]}), symbols)


def _count_classes(wanted: t.Any, value: dict[str, t.Any], symbols: Symbols) -> str | None:
    return same_set(wanted, sorted(value["valid_ref_counts"]), symbols)


def _counts(wanted: dict[str, int], value: dict[str, t.Any], symbols: Symbols) -> str | None:
    own = {key: int(value["valid_ref_counts"].get(key, -1)) for key in wanted}
    return difference(wanted, own, symbols)


def _count_types(wanted: list[str], value: dict[str, t.Any], symbols: Symbols) -> str | None:
    return same_set(wanted, sorted({_type_name(count) for count in value["valid_ref_counts"].values()}), symbols)


def _token(wanted: t.Any, value: dict[str, t.Any], symbols: Symbols) -> str | None:
    return difference(wanted, value["token"], symbols)


_BATCH: dict[str, t.Callable[[t.Any, dict[str, t.Any], Symbols], str | None]] = {
    "keys": _keys,
    "events": _events,
    "event_count": _event_count,
    "classes": _classes,
    "operations": _operations,
    "classes_in_valid_ref_counts": _count_classes,
    "valid_ref_counts": _counts,
    "count_types": _count_types,
    "token": _token,
}
