# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Events."""

from __future__ import annotations

import typing as t

import pytest
from plain_world import PlainWorld

from xencloud_lab.timeline import Completion
from xencloud_lab.xapi import wire_xmlrpc
from xencloud_lab.xapi.errors import XapiError

Batch = dict[str, t.Any]


def brief(batch: Batch) -> list[tuple[str, str, str]]:
    return [(event["class"], event["operation"], event["ref"]) for event in batch["events"]]


def token(plain: PlainWorld, root: str) -> str:
    return t.cast(str, plain.ask("event.from", root, ["pool"], "", 1.0)["token"])


def test_empty_token_shows_every_object_as_add_xapi_1_9(plain: PlainWorld, root: str) -> None:
    batch = plain.ask("event.from", root, ["Host", "POOL"], "", 1.0)
    hosts = {("host", "add", plain.ref("host", name)) for name in ("xen01", "xen02")}
    assert set(brief(batch)) == hosts | {("pool", "add", plain.db.find("pool")[0])}
    assert batch["events"][0]["snapshot"]["uuid"]


def test_change_addition_and_deletion_since_a_token(plain: PlainWorld, root: str) -> None:
    since = token(plain, root)
    web, gone = plain.ref("VM", "web1"), plain.ref("VM", "db1")
    plain.db.set("VM", web, name_description="new")
    plain.db.destroy("VM", gone)
    new = plain.db.create("VM", name_label="e1")
    batch = plain.ask("event.from", root, ["vm"], since, 5.0)
    assert brief(batch) == [("vm", "add", new), ("vm", "mod", web), ("vm", "del", gone)]
    assert "snapshot" not in batch["events"][2]


def test_object_made_and_removed_in_between_gives_no_event_observed(plain: PlainWorld, root: str) -> None:
    since = token(plain, root)
    plain.db.destroy("VM", plain.db.create("VM", name_label="e1"))
    assert brief(plain.ask("event.from", root, ["vm"], since, 1.0)) == []


def test_setting_a_field_to_its_value_gives_no_event_observed(plain: PlainWorld, root: str) -> None:
    since = token(plain, root)
    plain.db.set("VM", plain.ref("VM", "web1"), name_label="web1")
    assert brief(plain.ask("event.from", root, ["vm"], since, 1.0)) == []


def test_waits_for_a_change_and_coalesces_for_50_ms_xapi_1_9(plain: PlainWorld, root: str) -> None:
    since, began, web = token(plain, root), plain.timeline.now, plain.ref("VM", "web1")
    waiting = plain.start("event.from", root, [f"vm/{web}"], since, 60.0)
    plain.timeline.after(5, lambda: plain.db.set("VM", web, name_description="one"))
    plain.timeline.after(5.03, lambda: plain.db.set("VM", web, name_description="two"))
    plain.timeline.run_until(began + 5.04)
    assert isinstance(waiting, Completion)
    assert not waiting.done
    plain.timeline.run_until(began + 5.06)
    assert brief(waiting.value) == [("vm", "mod", web)]
    assert waiting.value["events"][0]["snapshot"]["name_description"] == "two"


def test_change_of_something_else_does_not_end_the_wait(plain: PlainWorld, root: str) -> None:
    since, began = token(plain, root), plain.timeline.now
    waiting = plain.start("event.from", root, ["host"], since, 10.0)
    plain.db.set("VM", plain.ref("VM", "web1"), name_description="x")
    plain.timeline.run_until(began + 9.9)
    assert not waiting.done
    plain.timeline.run_until(began + 10)
    assert brief(waiting.value) == []


def test_logout_while_waiting_is_session_invalid_xapi_1_9(plain: PlainWorld, root: str) -> None:
    waiting = plain.start("event.from", root, ["host"], token(plain, root), 10.0)
    plain.ask("session.logout", root)
    plain.timeline.run_until(plain.timeline.now + 1)
    assert isinstance(waiting.error, XapiError)
    assert waiting.error.code == "SESSION_INVALID"


def test_negative_timeout_with_nothing_to_report_hangs_observed(plain: PlainWorld, root: str) -> None:
    waiting = plain.start("event.from", root, ["network"], token(plain, root), -3.0)
    plain.timeline.run_until(plain.timeline.now + 1000)
    assert not waiting.done


@pytest.mark.parametrize("bad", ["garbage", ",", "00000000000000000001", "99999999999999999999,0"])
def test_malformed_token_is_refused_observed(plain: PlainWorld, root: str, bad: str) -> None:
    assert plain.refusal("event.from", root, ["pool"], bad, 1.0) == ["EVENT_FROM_TOKEN_PARSE_FAILURE", bad]


@pytest.mark.parametrize("old", ["1,2", "-1,-1", "00000000000000000000,00000000000000000000"])
def test_old_token_is_a_full_resync_of_adds_observed(plain: PlainWorld, root: str, old: str) -> None:
    assert [op for _, op, _ in brief(plain.ask("event.from", root, ["pool"], old, 1.0))] == ["add"]


def test_token_of_another_masters_life_is_a_full_resync_observed_3_1(plain: PlainWorld, root: str) -> None:
    since = token(plain, root)
    plain.db.set("VM", plain.ref("VM", "web1"), name_description="x")
    plain.machines["xen01"].toolstack.db = plain.db.snapshot()
    assert [op for _, op, _ in brief(plain.ask("event.from", root, ["pool"], since, 1.0))] == ["add"]


@pytest.mark.parametrize("word", ["nope", "", "vm/", "vm/x/y", "/x", "* ", "VM "])
def test_unknown_subscription_ends_empty_at_its_timeout_observed(plain: PlainWorld, root: str, word: str) -> None:
    began = plain.timeline.now
    assert brief(plain.ask("event.from", root, [word], "", 1.0)) == []
    assert plain.timeline.now == began + 1


def test_row_counts_are_given_for_all_classes_observed(plain: PlainWorld, root: str) -> None:
    counts = plain.ask("event.from", root, ["pool"], "", 1.0)["valid_ref_counts"]
    assert (counts["pool"], counts["host"], counts["vm"], counts["blob"]) == (1, 2, 2, 0)


def test_inject_makes_an_event_and_wants_the_class_in_one_of_two_spellings_observed(
    plain: PlainWorld, root: str
) -> None:
    pool, host, since = plain.db.find("pool")[0], plain.ref("host", "xen01"), token(plain, root)
    assert plain.ask("event.inject", root, "pool", pool) > since
    assert brief(plain.ask("event.from", root, ["pool"], since, 1.0)) == [("pool", "mod", pool)]
    assert plain.refusal("event.inject", root, "Host", host) == ["HANDLE_INVALID", "Host", host]


def test_star_leaves_sessions_out(plain: PlainWorld, root: str) -> None:
    classes = {cls for cls, _, _ in brief(plain.ask("event.from", root, ["*"], "", 1.0))}
    assert {"host", "pool", "vm", "sr", "host_metrics"} == classes


def test_id_and_timestamp_are_strings_and_snapshots_typed_on_the_wire_observed(plain: PlainWorld, root: str) -> None:
    batch = plain.ask("event.from", root, ["host"], "", 1.0)
    text = wire_xmlrpc.write_success("an event batch", batch).decode()
    assert "<name>timestamp</name><value>0.</value>" in text
    assert "<name>enabled</name><value><boolean>1</boolean></value>" in text


def test_message_is_left_for_an_object_that_exists_and_comes_as_event(plain: PlainWorld, root: str) -> None:
    since, host = token(plain, root), plain.ref("host", "xen01")
    uuid = plain.db.row("host", host)["uuid"]
    ref = plain.ask("message.create", root, "TEST", "3", "Host", uuid, "body")
    assert brief(plain.ask("event.from", root, ["message"], since, 1.0)) == [("message", "add", ref)]
    assert plain.ask("message.get", root, "Host", uuid, "20200101T00:00:00Z")[ref]["body"] == "body"
    assert plain.ask("message.get_since", root, "20990101T00:00:00Z") == {}
    assert plain.refusal("message.create", root, "T", "3", "Host", "no-uuid", "b") == [
        "UUID_INVALID",
        "Host",
        "no-uuid",
    ]
    plain.ask("message.destroy", root, ref)
    assert plain.refusal("message.destroy", root, ref) == ["HANDLE_INVALID", "message", ref]
