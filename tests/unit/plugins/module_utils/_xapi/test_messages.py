# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.facts import Message
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.client import XapiClient
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.messages import read_messages
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._xapi.scripted import (
    Scripted,
    success,
)

NOON_S = 1795176000
Start = t.Callable[..., Scripted]
Params = dict[str, t.Any]


def test_the_messages_of_the_last_day_are_read_the_oldest_first(start_host: Start, params: Params) -> None:
    asked: list[str] = []

    def told(_session: str, since: object) -> t.Any:
        asked.append(str(since))
        usual = {"obj_uuid": "u", "body": "b", "cls": "Host", "priority": "3"}
        return success(
            {
                "m2": {"name": "HA_HOST_FAILED", "timestamp": "20261120T11:00:00Z", **usual},
                "m1": {"name": "VM_STARTED", "timestamp": "20261120T10:00:00Z", **usual},
            }
        )

    client = XapiClient.connect({**params, "hostname": start_host(message__get_since=told).address})
    assert read_messages(client, NOON_S) == (
        Message("VM_STARTED", "u", NOON_S - 7200, "b"),
        Message("HA_HOST_FAILED", "u", NOON_S - 3600, "b"),
    )
    assert asked == ["20261119T12:00:00Z"]


def test_a_release_without_messages_has_none(start_host: Start, params: Params) -> None:
    assert read_messages(XapiClient.connect({**params, "hostname": start_host().address}), NOON_S) == ()
