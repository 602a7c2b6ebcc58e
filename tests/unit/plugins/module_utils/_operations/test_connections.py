# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of one system's certificate reaches that system in every module, and never the other one."""

from __future__ import annotations

import importlib
import ssl
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.xencloud.maintenance.plugins import modules
from ansible_collections.xencloud.maintenance.plugins.module_utils import _operations
from ansible_collections.xencloud.maintenance.plugins.module_utils._argspec import (
    ArgumentSpec,
    cloudstack_spec,
    optional,
    xapi_spec,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._cloudstack.client import CloudStackClient
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.transport import tls_context

Json = dict[str, t.Any]

XAPI, CLOUDSTACK = "XENSERVER_VALIDATE_CERTS", "CLOUDSTACK_VALIDATE_CERTS"
AUTHORITY = "/etc/ssl/cloudstack.pem"
REACH = {"api_url": "https://cloud.example.org/client/api", "api_key": "key", "api_secret": "secret"}

[FOLDER] = modules.__path__
SPECS: dict[str, ArgumentSpec] = {
    path.stem: importlib.import_module(f"{_operations.__name__}.{path.stem}").SPEC
    for path in sorted(Path(FOLDER).glob("*.py"))
}
TO_XAPI = [name for name, spec in SPECS.items() if "hostname" in spec.options]
TO_CLOUDSTACK = [name for name, spec in SPECS.items() if "api_url" in spec.options]


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for base in (xapi_spec(), cloudstack_spec()):
        for option in base.options.values():
            for name in option.get("fallback", (None, []))[1]:
                monkeypatch.delenv(name, raising=False)


def connection(module: str, **given: t.Any) -> Json:
    """What the module's own specification makes of the options of both connections."""
    options = optional(SPECS[module]).options
    both = {name: options[name] for name in (xapi_spec() | cloudstack_spec()).options if name in options}
    result = ArgumentSpecValidator(both).validate(given)
    assert result.error_messages == []
    params: Json = result.validated_parameters
    return params


def xapi_is_checked(params: Json) -> bool:
    return tls_context(params["validate_certs"], params["ca_path"]).verify_mode is ssl.CERT_REQUIRED


def how_cloudstack_is_checked(params: Json) -> bool | str:
    """What ``requests`` is told: the file of the authorities, or whether to check at all."""
    told: bool | str = CloudStackClient.from_params({**params, **REACH})._api.verify
    return told


def test_no_option_is_of_both_systems() -> None:
    assert set(xapi_spec().options) & set(cloudstack_spec().options) == set()


@pytest.mark.parametrize("module", SPECS)
def test_the_connections_of_every_module_are_the_common_ones(module: str) -> None:
    """Whatever the order in which a module puts its specification together."""
    ours = optional(SPECS[module]).options
    for common, mark in ((xapi_spec(), "hostname"), (cloudstack_spec(), "api_url")):
        for name, option in optional(common).options.items():
            assert ours.get(name) == (option if mark in ours else None), name


@pytest.mark.parametrize("module", TO_XAPI)
def test_the_environment_of_the_pool_is_heard_for_the_pool(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert xapi_is_checked(connection(module))
    monkeypatch.setenv(XAPI, "false")
    assert not xapi_is_checked(connection(module))


@pytest.mark.parametrize("module", TO_CLOUDSTACK)
def test_nothing_that_is_said_of_the_pool_changes_how_cloudstack_is_checked(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"validate_certs": False} if module in TO_XAPI else {}
    assert how_cloudstack_is_checked(connection(module, **given)) is True
    monkeypatch.setenv(XAPI, "false")
    assert how_cloudstack_is_checked(connection(module)) is True


@pytest.mark.parametrize("module", TO_CLOUDSTACK)
def test_cloudstack_is_not_checked_only_when_that_is_said_of_cloudstack(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And then whether or not there is a file of authorities, as it is with the pool."""
    assert how_cloudstack_is_checked(connection(module, api_verify_ssl_cert=AUTHORITY)) == AUTHORITY
    told = {"api_validate_certs": False, "api_verify_ssl_cert": AUTHORITY}
    assert how_cloudstack_is_checked(connection(module, **told)) is False
    monkeypatch.setenv(CLOUDSTACK, "false")
    params = connection(module)
    assert how_cloudstack_is_checked(params) is False
    assert module not in TO_XAPI or xapi_is_checked(params)
