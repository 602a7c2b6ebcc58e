# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.errors import sentence
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.texts import TEXTS


def test_names_replace_references() -> None:
    text = sentence("VM_REQUIRES_SR", ["OpaqueRef:vm", "OpaqueRef:sr"], "web-07", {"OpaqueRef:sr": "local1"})
    assert text.startswith("web-07: the VM uses SR local1, which the target has not plugged (VM_REQUIRES_SR).")


def test_memory_is_told_in_mib_when_both_amounts_are_given() -> None:
    text = sentence("HOST_NOT_ENOUGH_FREE_MEMORY", ["4294967296", "1048576"], "web-07", {})
    assert "(4096 MiB needed, 1 MiB free)" in text


def test_memory_without_amounts_names_the_vm() -> None:
    text = sentence("HOST_NOT_ENOUGH_FREE_MEMORY", ["OpaqueRef:vm"], "xen02", {"OpaqueRef:vm": "web-07"})
    assert "(web-07)" in text


def test_an_unknown_code_is_passed_on_with_its_parameters() -> None:
    text = sentence("SOMETHING_NEW", ["a", "b"], "xen02", {})
    assert text == (
        "xen02: XAPI refuses with a, b (SOMETHING_NEW). Look at /var/log/xensource.log of the pool's master."
    )


def test_a_plugins_code_is_its_own_and_its_traceback_is_not_shown() -> None:
    text = sentence("-1", ["No such repository\nmore", "details", "Traceback (most recent call last)"], "xen02", {})
    assert text == "xen02: the plugin failed: No such repository (code -1). Look at the plugin's log on the host."
    assert "it gives no reason" in sentence("1", [], "xen02", {})


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_every_text_is_a_sentence_with_a_remedy(code: str) -> None:
    text = sentence(code, [], "xen02", {})
    assert text.startswith("xen02: ")
    assert f"({code}). " in text
    assert text.endswith(".")
    assert "{" not in text


@given(st.text(min_size=1), st.lists(st.text(), max_size=8))
def test_no_code_and_no_parameter_breaks_the_sentence(code: str, params: list[str]) -> None:
    assert sentence(code, params, "xen02", {}).startswith("xen02: ")
    for known in ("HOST_OFFLINE", "VM_MIGRATE_FAILED", "INTERNAL_ERROR", "HOST_NOT_ENOUGH_FREE_MEMORY", "-1"):
        sentence(known, params, "xen02", {})
