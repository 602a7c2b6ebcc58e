# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleError

from ansible_collections.xencloud.maintenance.plugins.module_utils._argspec import ArgumentSpec
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations._context import Context, Outcome
from ansible_collections.xencloud.maintenance.plugins.plugin_utils import _action
from ansible_collections.xencloud.maintenance.plugins.plugin_utils._action import OperationAction


class Echo:
    """An operation that tells what it was given."""

    SPEC = ArgumentSpec({"host": {"type": "str", "required": True}, "password": {"type": "str", "no_log": True}})

    def run(self, context: Context) -> Outcome:
        if context.params["host"] == "bad":
            raise MaintenanceError("bad: it is enabled. Disable it first.", problems=["it is enabled"])
        context.report(f"{context.params['host']} is greeted")
        secret = f"word {context.params['password']}"
        return Outcome(True, {"check": context.check_mode, "secret": secret}, {"a": 1}, {"a": 2}, ["mind it"])


class Action(OperationAction):
    operation = Echo()


@pytest.fixture(autouse=True)
def as_module(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, t.Any]]:
    """How the module of the same name was called, if it was."""
    calls: list[dict[str, t.Any]] = []

    def execute(_action: OperationAction, **arguments: t.Any) -> dict[str, t.Any]:
        calls.append(arguments)
        return {"by": "module"}

    monkeypatch.setattr(Action, "_execute_module", execute)
    return calls


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the terminal shows."""
    lines: list[str] = []
    monkeypatch.setattr(_action.display, "display", lambda line, **_style: lines.append(line))
    monkeypatch.setattr(_action.display, "warning", lambda line, **_style: lines.append(f"warning {line}"))
    return lines


def act(transport: str = "local", async_val: int = 0, check_mode: bool = False, **args: t.Any) -> dict[str, t.Any]:
    task = SimpleNamespace(
        args=args,
        async_val=async_val,
        check_mode=check_mode,
        diff=True,
        action="xencloud.maintenance.echo",
        collections=None,
        no_log=False,
    )
    connection = SimpleNamespace(transport=transport, _shell=SimpleNamespace(tmpdir=None))
    # What ansible-core hands over is far more than an action needs to run in the controller.
    surroundings: list[t.Any] = [task, connection, SimpleNamespace(check_mode=check_mode), None, None, None]
    return Action(*surroundings).run(task_vars={"inventory_hostname": "pool-a"})


def test_it_runs_in_the_controller_and_its_lines_begin_with_the_pool(said: list[str]) -> None:
    result = act(host="xen02", password="s3cret")
    assert said == ["    pool-a/xen02 is greeted", "warning mind it"]
    assert (result["changed"], result["check"], result["diff"]) == (
        True,
        False,
        {"before": {"a": 1}, "after": {"a": 2}},
    )


def test_a_line_about_the_pool_itself_does_not_name_it_twice(said: list[str]) -> None:
    act(host="pool-a", password="x")
    assert said[0] == "    pool-a is greeted"


def test_secrets_are_masked_in_the_result(said: list[str]) -> None:
    assert "s3cret" not in str(act(host="xen02", password="s3cret"))


def test_check_mode_reaches_the_operation(said: list[str]) -> None:
    assert act(host="xen02", password="x", check_mode=True)["check"] is True


def test_an_error_is_its_sentence_with_details(said: list[str]) -> None:
    result = act(host="bad", password="x")
    assert result["failed"] is True
    assert (result["msg"], result["problems"]) == ("bad: it is enabled. Disable it first.", ["it is enabled"])


def test_options_are_validated(said: list[str]) -> None:
    with pytest.raises(AnsibleError, match="missing required arguments: host"):
        act()


@pytest.mark.parametrize(("transport", "async_val"), [("ssh", 0), ("local", 60)])
def test_other_machines_and_async_get_the_module(
    said: list[str], as_module: list[dict[str, t.Any]], transport: str, async_val: int
) -> None:
    result = act(transport, async_val, host="xen02")
    assert result["by"] == "module"
    assert as_module[-1]["module_name"] == "xencloud.maintenance.echo"
    assert as_module[-1]["wrap_async"] == async_val
    assert said == []
