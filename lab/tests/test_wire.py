# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wire: types in, types out, framing."""

from __future__ import annotations

import json
import typing as t
import xmlrpc.client

import pytest

from xencloud_lab.xapi import wire_jsonrpc, wire_xmlrpc
from xencloud_lab.xapi.codec import decoder
from xencloud_lab.xapi.errors import XapiError
from xencloud_lab.xapi.wire_xmlrpc import Malformed


@pytest.mark.parametrize(
    ("type_name", "value", "text"),
    [
        ("int", "abc", "Int64.of_string"),
        ("int", "", "Int64.of_string"),
        ("int", "1.5", "Int64.of_string"),
        ("int", "9223372036854775808", "Int64.of_string"),
        ("int", 1.0, "Expected int64, got 'F(1)'"),
        ("int", True, "Expected int64, got 'B(true)'"),
        ("bool", "true", "Expected bool, got 'S(true)'"),
        ("bool", 1, "Expected bool, got 'I(1)'"),
        ("string", 5, "Expected string, got 'I(5)'"),
        ("string", [], "Expected string, got '[]'"),
        ("string", {}, "Expected string, got '{}'"),
        ("string", None, "Expected string, got 'N'"),
        ("(string -> string) map", [], "Expecting Rpc.Dict, but found '[]'"),
        ("(string -> string) map", {"timeout": 60}, "Expected string, got 'I(60)'"),
        ("SR ref set", "OpaqueRef:nope", "Expecting Rpc.Enum, but found 'S(OpaqueRef:nope)'"),
        ("enum on_crash_behaviour", "nonsense", "Unknown tag/contents"),
        ("datetime", 0, "Date.t_of_rpc"),
    ],
)
def test_wrong_type_is_internal_error_with_the_unmarshallers_words(type_name: str, value: t.Any, text: str) -> None:
    with pytest.raises(XapiError) as caught:
        decoder(type_name)(value)
    assert caught.value.description == ["INTERNAL_ERROR", f'Failure("{text}")']


@pytest.mark.parametrize(("given", "meant"), [("42", 42), (42, 42), ("0x1", 1), ("-7", -7), ("007", 7)])
def test_int_is_accepted_as_string_int_or_hexadecimal_xapi_1_2(given: t.Any, meant: int) -> None:
    assert decoder("int")(given) == meant


def test_float_may_be_an_int_or_a_string_as_event_from_takes_it() -> None:
    assert [decoder("float")(value) for value in (1, "1.0", 1.5)] == [1.0, 1.0, 1.5]


def test_enum_is_read_in_any_case_and_kept_as_the_datamodel_writes_it() -> None:
    assert decoder("enum on_crash_behaviour")("Restart") == "restart"


def _answer(body: bytes) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", xmlrpc.client.loads(body.decode())[0][0])


def _value(type_name: str, value: t.Any) -> t.Any:
    answer = _answer(wire_xmlrpc.write_success(type_name, value))
    assert answer["Status"] == "Success"
    return answer["Value"]


def test_int_travels_as_string_in_xmlrpc_xapi_1_2() -> None:
    assert _value("int", 42) == "42"
    assert _value("(string -> int) map", {"a": 1}) == {"a": "1"}


def test_datetime_travels_with_its_z_xapi_1_2() -> None:
    assert str(_value("datetime", "20261120T02:00:00Z")) == "20261120T02:00:00Z"


def test_void_is_the_empty_string() -> None:
    assert _value("void", None) == ""


def test_strings_are_bare_values() -> None:
    assert b"<value>&lt;b&gt;&amp;</value>" in wire_xmlrpc.write_success("string", "<b>&")


def test_map_keys_are_not_escaped_observed_surprise_5() -> None:
    assert b"<name>lt<&</name>" in wire_xmlrpc.write_success("(string -> string) map", {"lt<&": "x"})


def test_failure_is_a_struct_with_code_and_parameters_xapi_1_2() -> None:
    assert _answer(wire_xmlrpc.write_failure(XapiError("HOST_IS_SLAVE", "127.0.1.11"))) == {
        "Status": "Failure",
        "ErrorDescription": ["HOST_IS_SLAVE", "127.0.1.11"],
    }


@pytest.mark.parametrize(
    "body",
    [
        b"<",
        b"",
        b"<?xml version='1.0'?><methodCall><methodName></methodName><params/></methodCall>",
        b"<?xml version='1.0'?><methodCall><methodName>pool.get_all</methodName></methodCall>",
    ],
)
def test_malformed_xml_empty_method_or_no_params_is_no_call(body: bytes) -> None:
    with pytest.raises(Malformed):
        wire_xmlrpc.read_call(body)


@pytest.mark.parametrize(
    "change", [{"jsonrpc": "1.0"}, {"jsonrpc": "3.0"}, {"id": None}, {"id": 1.5}, {"method": 5}, {"method": ""}]
)
def test_jsonrpc_with_another_version_or_a_strange_id_is_no_call_observed_surprise_9(change: dict[str, t.Any]) -> None:
    request = {"jsonrpc": "2.0", "method": "pool.get_all", "params": [], "id": 1, **change}
    with pytest.raises(Malformed):
        wire_jsonrpc.read_call(json.dumps(request).encode())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"method": "pool.get_all", "params": []}'])
def test_json_that_is_no_request_object_is_no_call(body: bytes) -> None:
    with pytest.raises(Malformed):
        wire_jsonrpc.read_call(body)


def _json_call(version2: bool) -> wire_jsonrpc.JsonCall:
    return wire_jsonrpc.JsonCall("host.get_by_uuid", [], 7, version2)


def test_jsonrpc_2_error_has_code_1_the_xapi_code_as_message_and_data() -> None:
    body = json.loads(wire_jsonrpc.write_failure(_json_call(True), XapiError("UUID_INVALID", "host", "zzz")))
    assert body == {"jsonrpc": "2.0", "error": {"code": 1, "message": "UUID_INVALID", "data": ["host", "zzz"]}, "id": 7}


def test_jsonrpc_1_error_is_a_plain_list_beside_a_null_result() -> None:
    body = json.loads(wire_jsonrpc.write_failure(_json_call(False), XapiError("UUID_INVALID", "host", "zzz")))
    assert body == {"result": None, "error": ["UUID_INVALID", "host", "zzz"], "id": 7}


def test_refusal_before_dispatch_is_framed_as_2_0_with_a_list_xapi_1_3() -> None:
    body = json.loads(wire_jsonrpc.write_emergency(_json_call(False), XapiError("HOST_STILL_BOOTING")))
    assert body == {"jsonrpc": "2.0", "error": ["HOST_STILL_BOOTING"], "id": 7}


def test_jsonrpc_1_success_has_a_null_error() -> None:
    assert json.loads(wire_jsonrpc.write_success(_json_call(False), None)) == {"result": "", "error": None, "id": 7}
