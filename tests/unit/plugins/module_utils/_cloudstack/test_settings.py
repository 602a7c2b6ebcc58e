# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.xencloud.maintenance.plugins.module_utils._cloudstack.settings import read_settings
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.cluster import Cluster
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._cloudstack.scripted import (
    Answer,
    Server,
    refused,
)

CLUSTER = Cluster("c1", "cluster-a", "z1", "zone", "pod", "Managed", "Enabled")


def listed(**settings: str) -> Answer:
    rows = [{"name": name.replace("__", "."), "value": value} for name, value in settings.items()]
    return Answer({"count": len(rows), "configuration": rows})


def test_settings_are_asked_as_they_hold_for_the_cluster(server: Server) -> None:
    server.answers["listConfigurations"] = [
        listed(xenserver__heartbeat__timeout="120"),
        listed(vm__ha__enabled="true"),
        listed(drs__automatic__enable="false"),
    ]
    assert read_settings(server.client(), CLUSTER) == {
        "xenserver.heartbeat.timeout": "120",
        "vm.ha.enabled": "true",
        "drs.automatic.enable": "false",
    }
    assert [(asked.get("zoneid"), asked.get("clusterid")) for asked in server.asked] == [
        (None, None),
        ("z1", None),
        (None, "c1"),
    ]


def test_a_key_that_may_not_read_them_has_none(server: Server) -> None:
    server.answers["listConfigurations"] = [refused(432, "The user is not allowed to request the API command")]
    assert read_settings(server.client(), CLUSTER) is None
