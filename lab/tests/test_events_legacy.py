# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The old way to events."""

from __future__ import annotations

from plain_world import PlainWorld

from xencloud_lab.xapi import messages, wire_xmlrpc


def test_next_without_a_registration_is_refused_xapi_1_9(plain: PlainWorld, root: str) -> None:
    assert plain.refusal("event.next", root) == ["SESSION_NOT_REGISTERED", root]


def test_next_tells_what_changed_since_the_registration_and_then_since_the_last_time_xapi_1_9(
    plain: PlainWorld, root: str
) -> None:
    web = plain.ref("VM", "web1")
    plain.ask("event.register", root, ["vm"])
    plain.db.set("VM", web, name_description="one")
    first = plain.ask("event.next", root)
    plain.db.set("VM", web, name_description="two")
    second = plain.ask("event.next", root)
    assert [(e["operation"], e["ref"], e["snapshot"]["name_description"]) for e in (*first, *second)] == [
        ("mod", web, "one"),
        ("mod", web, "two"),
    ]


def test_a_session_that_unregisters_its_last_class_is_not_registered_xapi_1_9(plain: PlainWorld, root: str) -> None:
    plain.ask("event.register", root, ["vm", "host"])
    plain.ask("event.unregister", root, ["vm"])
    plain.ask("event.unregister", root, ["host"])
    assert plain.refusal("event.next", root) == ["SESSION_NOT_REGISTERED", root]


def test_row_counts_are_the_only_integers_that_are_no_strings_events_from_first_picture(
    plain: PlainWorld, root: str
) -> None:
    batch = plain.ask("event.from", root, ["pool"], "", 1.0)
    text = wire_xmlrpc.write_success("an event batch", batch).decode()
    assert "<name>pool</name><value><i4>1</i4></value>" in text
    assert "<name>diagnostics</name><value><i4>0</i4></value>" in text


def test_hidden_messages_have_names_and_arity_wire_list_methods(plain: PlainWorld, root: str) -> None:
    names = messages.names("26.17.0")
    assert {"Diagnostics.gc_stats", "host.ha_join_liveset", "session.slave_login"} <= set(names)
    assert "message.get_all_where" not in names
    assert plain.refusal("pool.hello", root)[:2] == ["MESSAGE_PARAMETER_COUNT_MISMATCH", "pool.hello"]
