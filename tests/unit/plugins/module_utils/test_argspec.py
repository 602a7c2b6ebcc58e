# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.xencloud.maintenance.plugins.module_utils._argspec import (
    ArgumentSpec,
    cloudstack_spec,
    waiting_spec,
    xapi_spec,
)


def errors(spec: ArgumentSpec, **given: object) -> list[str]:
    messages: list[str] = ArgumentSpecValidator(spec.options, **spec.rules()).validate(given).error_messages
    return messages


def test_specifications_add_up_and_the_later_one_wins() -> None:
    one = ArgumentSpec({"a": {"type": "str"}, "b": {"type": "str"}}, required_together=(("a", "b"),))
    two = ArgumentSpec({"b": {"type": "int"}}, mutually_exclusive=(("a", "b"),))
    both = one | two
    assert both.options == {"a": {"type": "str"}, "b": {"type": "int"}}
    assert both.rules() == {
        "required_if": [],
        "required_together": [("a", "b")],
        "required_one_of": [],
        "mutually_exclusive": [("a", "b")],
    }
    assert one.options["b"] == {"type": "str"}


def test_rules_are_enforced_by_ansible() -> None:
    spec = ArgumentSpec({"a": {"type": "str"}, "b": {"type": "str"}}, required_one_of=(("a", "b"),))
    assert errors(spec) == ["one of the following is required: a, b"]
    assert errors(spec, a="x") == []


@pytest.mark.parametrize("spec", [xapi_spec(), cloudstack_spec()])
def test_secrets_are_marked(spec: ArgumentSpec) -> None:
    secret = {name for name, option in spec.options.items() if option.get("no_log")}
    assert secret == {name for name in spec.options if name in ("password", "api_secret")}


def test_the_environment_fills_in_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XENSERVER_HOST", "xen01")
    monkeypatch.setenv("XENSERVER_PASSWORD", "s3cret")
    result = ArgumentSpecValidator(xapi_spec().options).validate({})
    assert result.error_messages == []
    assert (result.validated_parameters["hostname"], result.validated_parameters["username"]) == ("xen01", "root")
    assert "s3cret" in result._no_log_values


def test_certificates_are_verified_unless_told_otherwise() -> None:
    assert xapi_spec().options["validate_certs"]["default"] is True
    assert cloudstack_spec().options["api_validate_certs"]["default"] is True


def test_the_limit_of_waiting_is_the_modules_own() -> None:
    assert waiting_spec(1800).options["wait_timeout"]["default"] == 1800.0
