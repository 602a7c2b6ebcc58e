# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replays of recordings: nothing is skipped in silence, and the rules for symbols and placeholders hold."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from xencloud_lab.conformance import __main__ as program
from xencloud_lab.conformance.compare import difference, same_set
from xencloud_lab.conformance.known import Known
from xencloud_lab.conformance.replay import Result, replay
from xencloud_lab.conformance.report import Report
from xencloud_lab.conformance.symbols import Symbols
from xencloud_lab.conformance.transcript import Transcript

HOSTS = [
    {"name": "xen1", "role": "master", "memory_mib": 16384, "enabled": True, "live": True},
    {"name": "xen2", "role": "slave", "memory_mib": 16384, "enabled": True, "live": True},
]
SHARED = {"name": "nfs1", "type": "nfs", "shared": True, "pbds": {"xen1": "attached", "xen2": "attached"}}
ESTATE: dict[str, t.Any] = {"hosts": HOSTS, "srs": [SHARED], "vms": [], "ha": {"enabled": False}}


def call(name: str, *args: t.Any, result: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"on": "xen1", "protocol": "xmlrpc", "as": "root", "call": name, "args": list(args), "result": result}


def played(*steps: dict[str, t.Any], estate: dict[str, t.Any] | None = None) -> Result:
    return replay(Transcript("made-up", "session", estate or ESTATE, steps))


def wrong(result: Result) -> list[str]:
    return [str(verdict.wrong) for verdict in result.verdicts if verdict.wrong is not None]


@pytest.fixture
def symbols() -> Symbols:
    return Symbols({"@host:xen1": "OpaqueRef:1"}.get, lambda _ref: True, lambda _symbol: "OpaqueRef:new")


def test_an_answer_like_the_recorded_one_is_alike() -> None:
    result = played(call("pool.get_master", "@pool", result={"ok": "@host:xen1"}))
    assert (len(result.verdicts), wrong(result)) == (1, [])


def test_another_value_another_code_and_success_instead_of_an_error_all_differ() -> None:
    other_value = call("pool.get_ha_enabled", "@pool", result={"ok": True})
    other_code = call("host.destroy", "@host:xen2", result={"error": ["HOST_IS_LIVE_NOT", "@host:xen2"]})
    no_error = call("pool.get_all", result={"error": ["SESSION_INVALID", "x"]})
    assert len(wrong(played(other_value, other_code, no_error))) == 3


def test_a_step_that_nobody_understands_is_a_difference_and_not_skipped() -> None:
    result = played({"event": "the moon fell on xen1"}, {"wait": "for better weather"}, {"surprise": 1})
    assert len(wrong(result)) == 3


def test_an_unusable_step_is_skipped_and_counted() -> None:
    result = played(call("pool.get_all", result={"unusable": "stopped"}))
    report = Report([result], [])
    assert (len(result.skipped), report.good) == (1, True)
    assert any(line.startswith("skipped: made-up step 0") for line in report.lines())


def test_an_estate_that_cannot_be_built_is_a_difference() -> None:
    twice = {"hosts": [{"name": "x"}, {"name": "x"}]}
    assert "the estate" in [verdict.what for verdict in played(estate=twice).verdicts]


def test_a_timeline_is_compared_as_the_sequence_of_its_states() -> None:
    estate = {**ESTATE, "ha": {"enabled": False}}
    steps = (
        {"event": "xen2 killed"},
        {"at_s": 0.0, "observed": "login on xen2", "value": "connection refused"},
        {"event": "xen2 boots"},
        {"at_s": 0.0, "observed": "login on xen2", "value": "connection refused"},
        {"at_s": 5.0, "observed": "login on xen2", "value": ["HOST_IS_SLAVE", "@address:xen1"]},
    )
    assert wrong(played(*steps, estate=estate)) == []


def test_a_timeline_without_a_state_that_was_recorded_differs() -> None:
    steps = (
        {"at_s": 0.0, "observed": "login on xen1", "value": "ok"},
        {"at_s": 1.0, "observed": "login on xen1", "value": ["HOST_IS_SLAVE", "@address:xen2"]},
    )
    assert len(wrong(played(*steps))) == 1


def test_references_returned_without_a_name_are_those_that_later_arguments_name() -> None:
    steps = (
        call("task.create", "mine", "d", result={"ok_type": "ref"}),
        call("task.get_name_label", "@task:1", result={"ok": "mine"}),
    )
    assert wrong(played(*steps)) == []


def test_a_symbol_stands_for_one_value_and_a_value_for_one_symbol(symbols: Symbols) -> None:
    assert difference("@ref:1", "OpaqueRef:9", symbols) is None
    assert difference("@ref:1", "OpaqueRef:8", symbols) is not None
    assert difference("@ref:2", "OpaqueRef:9", symbols) is not None


def test_placeholders_match_values_of_their_type_only(symbols: Symbols) -> None:
    assert difference({"any": "datetime"}, {"datetime": "20260101T00:00:00Z"}, symbols) is None
    assert difference({"any": "datetime"}, "yesterday", symbols) is not None
    assert difference({"any": "int"}, "17", symbols) is None


def test_booleans_are_no_numbers_and_ints_as_text_are_no_ints(symbols: Symbols) -> None:
    assert difference(1, True, symbols) is not None
    assert difference("1", 1, symbols) is not None


def test_sets_have_no_order_but_a_size(symbols: Symbols) -> None:
    assert same_set(["a", "@host:xen1"], ["OpaqueRef:1", "a"], symbols) is None
    assert same_set(["a"], ["a", "a"], symbols) is not None


def test_a_known_difference_has_a_reason_and_one_that_is_gone_is_reported() -> None:
    result = played(call("pool.get_ha_enabled", "@pool", result={"ok": True}))
    excused = Report([result], [Known("made-up", "the recorder had HA on", step=0)])
    stale = Report([played()], [Known("made-up", "the recorder had HA on", step=0)])
    assert (excused.good, stale.good) == (True, False)
    assert "0 of 1 answers alike in 1 files" in list(excused.lines())


def test_the_program_says_how_many_answers_are_alike_and_fails_for_open_differences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    step = call("pool.get_all", result={"ok": ["@pool"]})
    source = {"name": "one", "area": "session", "estate": ESTATE, "steps": [step]}
    (tmp_path / "one.json").write_text(json.dumps(source))
    good = program.main([str(tmp_path)])
    assert (good, capsys.readouterr().out.splitlines()[-1]) == (0, "1 of 1 answers alike in 1 files")
    source["steps"] = [call("pool.get_all", result={"ok": []})]
    (tmp_path / "one.json").write_text(json.dumps(source))
    assert program.main([str(tmp_path)]) == 1


def test_an_empty_folder_and_a_file_that_is_no_transcript_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main([str(tmp_path)]) == 2
    (tmp_path / "broken.json").write_text("{}")
    assert program.main([str(tmp_path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
