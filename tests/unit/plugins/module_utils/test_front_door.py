# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils import basic

from ansible_collections.xencloud.maintenance.plugins.module_utils._argspec import ArgumentSpec, xapi_spec
from ansible_collections.xencloud.maintenance.plugins.module_utils._front_door import run_module
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations._context import Context, Outcome

SPEC = ArgumentSpec({"host": {"type": "str", "required": True}, "password": {"type": "str", "no_log": True}})

Knock = t.Callable[..., dict[str, t.Any]]


@pytest.fixture
def knock(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Knock:
    """Runs an operation as a module and returns what it printed."""

    def run(operation: t.Callable[[Context], Outcome], spec: ArgumentSpec = SPEC, **options: t.Any) -> dict[str, t.Any]:
        arguments = json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode()
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", arguments)
        # Newer cores want to know how the arguments are encoded; older ones do not have the name.
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        with pytest.raises(SystemExit):
            run_module(spec, operation)
        printed: dict[str, t.Any] = json.loads(capfd.readouterr().out)
        return printed

    return run


def test_an_outcome_becomes_a_result(knock: Knock) -> None:
    result = knock(lambda context: Outcome(changed=True, result={"seen": context.params["host"]}), host="xen02")
    assert (result["changed"], result["seen"]) == (True, "xen02")
    assert "diff" not in result


def test_the_diff_is_shown_in_diff_mode_only(knock: Knock) -> None:
    result = knock(lambda _context: Outcome(before={"a": 1}, after={"a": 2}), host="xen02", _ansible_diff=True)
    assert result["diff"] == {"before": {"a": 1}, "after": {"a": 2}}


def test_the_operation_learns_of_check_mode(knock: Knock) -> None:
    result = knock(lambda context: Outcome(changed=context.check_mode), host="xen02", _ansible_check_mode=True)
    assert result["changed"] is True


def test_an_error_is_its_sentence_with_details_and_no_traceback(knock: Knock) -> None:
    def refuse(_context: Context) -> Outcome:
        raise MaintenanceError("xen02: it is enabled. Disable it first.", problems=["it is enabled"])

    result = knock(refuse, host="xen02")
    assert result["failed"] is True
    assert result["msg"] == "xen02: it is enabled. Disable it first."
    assert result["problems"] == ["it is enabled"]
    assert "exception" not in result


def test_warnings_are_passed_on(knock: Knock, monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _module, text: warned.append(text))
    knock(lambda _context: Outcome(warnings=["mind the master"]), host="xen02")
    assert warned == ["mind the master"]


def test_a_secret_in_the_outcome_is_masked(knock: Knock) -> None:
    result = knock(lambda _context: Outcome(result={"text": "it is s3cret!"}), host="xen02", password="s3cret")
    assert "s3cret" not in json.dumps(result)


def test_options_are_validated(knock: Knock) -> None:
    assert "missing required arguments: host" in knock(lambda _context: Outcome())["msg"]


def test_a_missing_library_is_named(knock: Knock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "ansible_collections.xencloud.maintenance.plugins.module_utils._libraries.XENAPI_TRACE", "trace"
    )
    result = knock(lambda _context: Outcome(), spec=xapi_spec(), hostname="xen01", password="x")
    assert "XenAPI" in result["msg"]
