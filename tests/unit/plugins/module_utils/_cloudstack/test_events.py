# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

from ansible_collections.xencloud.maintenance.plugins.module_utils._cloudstack.events import preparing_since
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.cluster import CsHost
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._cloudstack.scripted import (
    Answer,
    Server,
    refused,
)

XEN1 = CsHost("id-1", "xen1", "192.0.2.1", "Up", "PrepareForMaintenance", "c1", frozenset(), False, 0, 0)
XEN11 = replace(XEN1, id="id-11", name="xen11")
AT = "2026-11-20T1{}:00:00+0100"
# Eleven, an hour east of Greenwich.
AT_11 = 1795168800.0


def event(hour: int, state: str, **more: str) -> dict[str, str]:
    return {"created": AT.format(hour), "state": state, "description": "preparing", **more}


def test_the_newest_preparation_counts_from_its_begin(server: Server) -> None:
    events = [
        event(3, "Completed", resourceid="id-1"),
        event(2, "Scheduled", resourceid="id-11"),
        event(1, "Started", resourceid="id-1"),
        event(0, "Scheduled", resourceid="id-1"),
    ]
    server.answers["listEvents"] = [Answer({"count": 4, "event": events})]
    assert preparing_since(server.client(), [XEN1]) == {"id-1": AT_11}
    assert len(server.asked) == 1


def test_old_versions_name_the_host_in_the_words_of_the_event(server: Server) -> None:
    events = [event(1, "Scheduled", description="Scheduled async job for preparing host for maintenance: xen11")]
    server.answers["listEvents"] = [Answer({"count": 1, "event": events})]
    assert preparing_since(server.client(), [XEN1, XEN11]) == {"id-11": AT_11}


def test_what_the_events_do_not_tell_is_not_known(server: Server) -> None:
    server.answers["listEvents"] = [
        Answer({}),
        Answer({"event": [event(1, "Started", resourceid="id-1", created="?")]}),
        refused(432, "no"),
    ]
    for _answer in range(3):
        assert preparing_since(server.client(), [XEN1]) == {}
