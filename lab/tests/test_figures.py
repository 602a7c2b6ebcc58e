# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Figures over HTTP, tunnels (``xapi.md`` 12.2, 12.4)."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

from running_world import Lab
from test_updates_http import request


def test_memory_of_host_and_guests_is_in_the_newest_row_xapi_12_4(lab: Lab) -> None:
    lab.ask("VM.pool_migrate", lab.vm("web1"), lab.host("xen1"), {"live": "true"})
    query = {"session_id": lab.login(), "start": "0", "host": "true"}
    status, kind, text = request(lab, "GET", "/rrd_updates", params=query)
    assert (status, kind) == (200, "text/xml")
    document = ElementTree.fromstring(text)
    legend = [entry.text for entry in document.iterfind("meta/legend/entry")]
    assert legend[0] == f"AVERAGE:vm:{lab.vm_row('web1')['uuid']}:memory"
    values = [float(value.text or "") for value in document.iterfind("data/row/v")]
    assert values[0] == 2 * 1024**3
    assert values[-1] * 1024 == lab.ask("host.compute_free_memory", lab.host("xen1"))


def test_later_figures_than_now_are_an_empty_document(lab: Lab) -> None:
    later = str(int(lab.world.timeline.now) + 60)
    query = {"session_id": lab.login(), "start": later, "host": "true", "json": "true"}
    found = json.loads(request(lab, "GET", "/rrd_updates", params=query)[2])
    assert (found["data"], found["meta"]["rows"], found["meta"]["columns"]) == ([], 0, 2)


def test_archives_are_refused_plainly_and_nobody_gets_in_without_a_session(lab: Lab) -> None:
    status, _kind, text = request(lab, "GET", "/host_rrd", params={"session_id": lab.login()})
    assert (status, text) == (501, "INTERNAL_ERROR not modelled by xencloud-lab: GET /host_rrd")
    assert request(lab, "GET", "/rrd_updates")[0] == 401


def test_a_tunnel_brings_an_interface_and_takes_it_away_again(lab: Lab) -> None:
    network = lab.ask(
        "network.create", {"name_label": "gre", "name_description": "", "other_config": {}, "MTU": "1500"}
    )
    carrier = next(pif for pif in lab.db.related("host", lab.host("xen2"), "PIFs"))
    tunnel = lab.ask("tunnel.create", carrier, network)
    access = lab.db.row("tunnel", tunnel)["access_PIF"]
    assert lab.ask("PIF.get_tunnel_access_PIF_of", access) == [tunnel]
    again = lab.refusal("tunnel.create", carrier, network)
    assert again == ["NETWORK_ALREADY_CONNECTED", lab.host("xen2"), access]
    lab.ask("tunnel.destroy", tunnel)
    assert not lab.db.exists("PIF", access)
