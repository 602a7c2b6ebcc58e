# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person typed into a form reaches an operation as it was meant."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations._carry_out import as_meant, carry_out
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations._context import Context, Outcome


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ([""], []),
        (["xen01", " xen02 "], ["xen01", "xen02"]),
        ([{"vm": "web", "to": " "}], [{"vm": "web", "to": " "}]),
        ("xen01 ", "xen01 "),
        (None, None),
    ],
)
def test_a_list_is_a_list_of_names(typed: t.Any, meant: t.Any) -> None:
    assert as_meant({"hosts": typed}) == {"hosts": meant}


def test_a_choice_of_false_is_false_in_what_was_asked_for() -> None:
    asked = {"forget": "false", "force": "true", "deeper": {"accept": "false"}, "mode": "patch"}
    meant = {"forget": False, "force": True, "deeper": {"accept": False}, "mode": "patch"}
    assert as_meant({"asked": asked, "name": "false"}) == {"asked": meant, "name": "false"}


def test_the_operation_gets_what_was_meant() -> None:
    seen: list[t.Any] = []

    def operation(context: Context) -> Outcome:
        seen.append(context.params["hosts"])
        return Outcome(step=None)

    carry_out(operation, Context({"hosts": ["xen01", " xen02"]}, check_mode=False, report=print))
    assert seen == [["xen01", "xen02"]]


@pytest.mark.parametrize(
    ("error", "words"), [(StopIteration(), "an unforeseen StopIteration in"), (OSError(111, "no"), "no")]
)
def test_what_nobody_thought_of_is_a_sentence_with_its_cause(error: Exception, words: str) -> None:
    def operation(context: Context) -> Outcome:
        raise error

    context = Context({"hostname": "xen01"}, check_mode=False, report=print)
    with pytest.raises(MaintenanceError) as caught:
        carry_out(operation, context)
    assert caught.value.message.startswith(f"xen01: an unforeseen {type(error).__name__}")
    assert words in caught.value.message
    assert "test_carry_out.py, line" in caught.value.message
    assert "Traceback" not in caught.value.message


def test_a_refusal_is_passed_on_as_it_is() -> None:
    def operation(context: Context) -> Outcome:
        raise MaintenanceError("xen01: it is off. Switch it on.", hosts=["xen01"])

    with pytest.raises(MaintenanceError) as caught:
        carry_out(operation, Context({}, check_mode=False, report=print))
    assert (caught.value.message, caught.value.details) == ("xen01: it is off. Switch it on.", {"hosts": ["xen01"]})
