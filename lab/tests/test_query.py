# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``get_all_records_where``: the grammar with its surprises (``xapi_observed.md`` 6)."""

from __future__ import annotations

import pytest
from plain_world import PlainWorld

from xencloud_lab.xapi.query import compile_where, db_name, db_text

PARSE = "Xapi_database.Db_filter_parse.MenhirBasics.Error"
LEX = 'Failure("lexing: empty token")'
ROW = {"a": True, "b": 42, "c": "x", "d": [], "e": {}}


def holds(expression: str) -> bool:
    return compile_where(expression)(ROW)


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("", PARSE),
        ('field power_state="Running"', LEX),
        ("field \"power_state\"='Running'", LEX),
        ('field "power_state"', PARSE),
        ('field "power_state"="Running" and', PARSE),
        ('field "power_state"=="Running"', PARSE),
        ('field "power_state"!="Running"', LEX),
        ("(true", PARSE),
        ("true)", PARSE),
        ("TRUE", LEX),
        ('field "is_control_domain"=true', PARSE),
        ('field "memory_static_max"=2147483648', LEX),
    ],
)
def test_syntax_error_is_invalid_value_with_expression_and_cause(
    plain: PlainWorld, root: str, expression: str, why: str
) -> None:
    assert plain.refusal("VM.get_all_records_where", root, expression) == ["INVALID_VALUE", expression, why]


def test_values_compare_as_the_database_holds_them() -> None:
    assert holds('field "a"="true" and field "b"="42" and field "c"="x" and field "d"="()" and field "e"="()"')


def test_and_binds_no_tighter_than_or() -> None:
    assert not holds('field "c"="x" or field "c"="y" and false')
    assert holds('field "c"="x" or (field "c"="y" and false)')


def test_not_takes_everything_to_its_right() -> None:
    assert holds('not field "c"="y" and false')
    assert not holds('(not field "c"="y") and false')


def test_field_names_are_the_databases(plain: PlainWorld, root: str) -> None:
    found = plain.ask("VM.get_all_records_where", root, 'field "name__label"="web1"')
    assert list(found) == [plain.ref("VM", "web1")]
    refusal = plain.refusal("VM.get_all_records_where", root, 'field "name_label"="web1"')
    assert refusal == ["INTERNAL_ERROR", "missing field", "name_label", ""]


@pytest.mark.parametrize(
    ("cls", "api", "db"),
    [
        ("VM", "memory_static_max", "memory__static_max"),
        ("VM", "actions_after_crash", "actions__after_crash"),
        ("VM", "power_state", "power_state"),
        ("VM", "ha_restart_priority", "ha_restart_priority"),
        ("host", "API_version_major", "API_version__major"),
        ("pool", "name_label", "name_label"),
    ],
)
def test_prefixes_of_names_are_namespaces_of_the_database(cls: str, api: str, db: str) -> None:
    assert db_name(cls, api) == db


def test_database_text_of_sets_and_maps() -> None:
    assert db_text(["a", "b'c"]) == "('a' 'b\\'c')"
    assert db_text({"k": "v"}) == "(('k' 'v'))"


def test_all_references_that_match_can_be_asked_for_alone(plain: PlainWorld, root: str) -> None:
    assert plain.ask("VM.get_all_where", root, 'field "power_state"="Running"') == [plain.ref("VM", "web1")]
