# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.record import (
    HEIR,
    LOCK,
    PREFIX,
    Lock,
    RunRecord,
    Step,
    UndoEntry,
    duration,
    heir,
    keys_to_remove,
    next_step_key,
    next_undo_key,
    read_record,
    refusal,
    renewal_key,
    renewal_keys,
)

ASKED = {"hosts": ["xen02"]}
LOCKED = Lock("1000-abc", "ops@controller", "5eed", "rolling_patch", started=1000, lease_s=600, asked=ASKED)
ENTRY = UndoEntry("xencloud.maintenance.undo.001", "host_in_service", "xen02", {"enabled": True}, 1010)


def config(*entries: UndoEntry, renewed: int | None = None) -> dict[str, str]:
    keys = {LOCK: LOCKED.as_json(), **{entry.key: entry.as_json() for entry in entries}}
    return keys | ({renewal_key(renewed): LOCKED.run_id} if renewed else {})


def record(*entries: UndoEntry, renewed: int | None = None) -> RunRecord:
    found = read_record(config(*entries, renewed=renewed))
    assert found is not None
    return found


def test_a_record_is_read_as_it_was_written() -> None:
    assert record(ENTRY) == RunRecord(LOCKED, renewed=1010, undo=(ENTRY,))


def test_a_pool_without_a_lock_is_free() -> None:
    assert read_record({"xo:clientInfo": "{}"}) is None


def test_a_lock_that_cannot_be_read_is_no_record() -> None:
    assert read_record({LOCK: "{}"}) is None
    assert read_record({LOCK: "not json"}) is None
    assert read_record({LOCK: "[1]"}) is None


def test_the_lease_lasts_from_the_start_until_its_end() -> None:
    assert record().lives(1599)
    assert not record().lives(1600)


def test_a_renewal_extends_the_lease() -> None:
    assert record(renewed=1500).lives(2099)


def test_the_newest_renewal_counts_while_the_old_one_is_still_there() -> None:
    both = config(renewed=1500) | {renewal_key(9): "x"}
    assert renewal_keys(both) == [renewal_key(9), renewal_key(1500)]
    found = read_record(both)
    assert found is not None
    assert found.renewed == 1500


def test_an_object_that_is_noted_already_is_found_by_its_kind_and_name() -> None:
    assert record(ENTRY).entry_for("host_in_service", "xen02") == ENTRY
    assert record(ENTRY).entry_for("host_in_service", "xen03") is None


def test_undo_keys_count_on_after_the_highest() -> None:
    assert next_undo_key({}) == "xencloud.maintenance.undo.001"
    assert next_undo_key({"xencloud.maintenance.undo.007": "{}"}) == "xencloud.maintenance.undo.008"


def test_entries_keep_their_order_beyond_three_digits() -> None:
    keys = ["xencloud.maintenance.undo.1000", "xencloud.maintenance.undo.999"]
    entries = [UndoEntry(key, "k", key, None, 0) for key in keys]
    assert [entry.key for entry in record(*entries).undo] == list(reversed(keys))


def test_the_lock_is_the_last_key_to_go() -> None:
    assert keys_to_remove({"other": "x"} | config(ENTRY, renewed=1500))[-1] == LOCK
    assert "other" not in keys_to_remove({"other": "x"} | config(ENTRY))


def test_a_living_run_is_not_taken_over() -> None:
    text = refusal(record(), now=1100)
    assert text.startswith("run 1000-abc (rolling_patch) of ops@controller, begun 100 s ago holds it")
    assert "takeover: true" not in text
    assert "If you know that its controller is dead, the playbook resume with resume_takeover=true" in text


def test_hours_are_told_as_hours() -> None:
    assert [duration(each) for each in (-5, 119, 120, 7199, 7200, 11_100)] == [
        "0 s",
        "119 s",
        "2 min",
        "119 min",
        "2 h 0 min",
        "3 h 5 min",
    ]


def test_a_dead_run_is_taken_over_knowingly_and_what_it_left_is_counted() -> None:
    text = refusal(record(ENTRY), now=9999)
    assert "left 1 changes to take back" in text
    assert "takeover: true" in text


@given(st.dictionaries(st.text(), st.one_of(st.none(), st.booleans(), st.integers(), st.text())), st.text())
def test_whatever_is_noted_comes_back_unchanged(before: dict[str, object], name: str) -> None:
    entry = UndoEntry(ENTRY.key, "kind", name, before, 7)
    assert record(entry).undo == (entry,)
    assert entry.as_json().isascii()


@given(st.dictionaries(st.text(), st.text()), st.integers(min_value=0, max_value=10**9))
def test_no_content_of_other_config_is_an_error(others: dict[str, str], number: int) -> None:
    noise = {f"xencloud.maintenance.{key}": value for key, value in others.items()}
    read_record(noise | {f"xencloud.maintenance.renewed.{number}": "x"} | config())
    next_undo_key(noise)


def test_entries_without_a_lock_are_not_lost() -> None:
    config = {f"{PREFIX}undo.001": '{"kind":"pool_ha","object":"pool-a","before":{},"at":1}'}
    found = read_record(config)
    assert found is not None
    assert [entry.kind for entry in found.undo] == ["pool_ha"]
    assert not found.lives(0)


def test_a_pool_has_one_ha_whatever_it_is_called() -> None:
    entry = UndoEntry(f"{PREFIX}undo.001", "pool_ha", "xen01", {"enabled": True}, 1)
    held = RunRecord(Lock("1", "me", "n", "x", 1, 60), 1, (entry,))
    assert held.entry_for("pool_ha", "xen02") == entry
    assert held.entry_for("cluster_managed", "xen01") is None


def test_every_step_is_a_sign_of_life_and_keeps_its_order() -> None:
    steps = [Step(1200, "xen02 is disabled"), Step(1500, "xen02", kind="host_in_service", since=1010)]
    written = config()
    for step in steps:
        written[next_step_key(written)] = step.as_json()
    found = read_record(written)
    assert found is not None
    assert found.steps == tuple(steps)
    assert found.renewed == 1500
    assert found.steps[1].sentence == "xen02 is back in service"
    assert keys_to_remove(written)[-1] == LOCK


def test_what_was_asked_survives_the_moment_between_two_locks() -> None:
    found = read_record({HEIR: heir("rolling_patch", ASKED)})
    assert found is not None
    assert (found.ended, found.lock.operation, found.lock.asked) == (True, "rolling_patch", ASKED)


def test_a_will_that_cannot_be_read_names_nothing() -> None:
    assert read_record({HEIR: "{"}) is None
    found = read_record({HEIR: '{"asked": 7}'})
    assert found is not None
    assert (found.lock.operation, found.lock.asked) == ("unknown", {})
