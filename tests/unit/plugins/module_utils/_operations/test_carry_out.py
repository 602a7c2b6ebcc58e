# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person typed into a form reaches an operation as it was meant."""

from __future__ import annotations

import typing as t

import pytest

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
