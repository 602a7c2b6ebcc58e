# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.request import in_words


def test_what_was_left_empty_is_not_told_and_a_no_is() -> None:
    asked = {"hosts": ["xen02", "xen03"], "cluster": "", "forget": False, "since": 0, "tags": [], "more": {"a": 1}}
    assert in_words(asked) == 'hosts: xen02 xen03, forget: false, since: 0, more: {"a": 1}'


def test_what_has_a_name_is_told_by_it() -> None:
    asked = {"hosts": ["192.0.2.12", "192.0.2.13"], "cluster": "b9b2"}
    names = {"192.0.2.12": "xen02", "b9b2": "cluster-a"}
    assert in_words(asked, names) == "hosts: xen02 192.0.2.13, cluster: cluster-a"


def test_a_list_of_other_things_is_told_as_it_is() -> None:
    assert in_words({"odd": [1, None]}) == "odd: [1, null]"
