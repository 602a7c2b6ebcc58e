# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The single steps of a recovery: predicted in check mode, done once, refused or failed with one sentence."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import by_hand, promises
from support.lab import Lab
from support.player import Player

Json = dict[str, t.Any]

POOL = "pool-a"
PREFIX = "xencloud.maintenance."


@pytest.fixture
def lab(start_lab: t.Callable[..., Lab]) -> Lab:
    """Three hosts with HA on."""
    return start_lab("recovery.yml")


@pytest.fixture
def still_lab(start_lab: t.Callable[..., Lab]) -> Lab:
    """The same, whose time passes only when a test says so."""
    return start_lab("recovery.yml", speed=0.1)


def cloudstack_state(lab: Lab, host: str) -> str:
    state: str = lab.state()["cloudstack"]["hosts"][host]["state"]
    return state


def alert(lab: Lab, host: str) -> t.Any:
    """A host that was disabled until CloudStack lost it; returns the pool's API."""
    xapi = by_hand.xapi(lab)
    xapi.host.disable(xapi.host.get_by_name_label(host)[0])
    by_hand.time_passes(lab, 2400)
    assert cloudstack_state(lab, host) == "Alert"
    return xapi


def while_time_passes(lab: Lab, player: Player, task: Json) -> Json:
    """The result of a task during which ten minutes pass, after its first look at CloudStack's hosts."""
    lab.fault("slow", seconds=0.001, call={"side": "cloudstack", "method": "listHosts"})
    with ThreadPoolExecutor(1) as aside:
        result = aside.submit(player.results, lab, task, "--diff")
        lab.wait_until(lambda state: any("listHosts" in fault["what"] for fault in state["faults"]), "it never looked")
        by_hand.time_passes(lab, 600)
        return result.result()


def plugged(lab: Lab, host: str) -> set[str]:
    """Names of the SRs that the host has plugged."""
    xapi = by_hand.xapi(lab)
    ref = xapi.host.get_by_name_label(host)[0]
    pbds = [pbd for pbd in xapi.PBD.get_all_records().values() if pbd["host"] == ref and pbd["currently_attached"]]
    return {xapi.SR.get_name_label(pbd["SR"]) for pbd in pbds}


def unplug(lab: Lab, host: str, sr: str) -> None:
    xapi = by_hand.xapi(lab)
    host_ref, sr_ref = xapi.host.get_by_name_label(host)[0], xapi.SR.get_by_name_label(sr)[0]
    for ref, pbd in xapi.PBD.get_all_records().items():
        if (pbd["host"], pbd["SR"]) == (host_ref, sr_ref):
            xapi.PBD.unplug(ref)


def connection(**options: t.Any) -> Json:
    return {PREFIX + "cloudstack_host_connection": {"host": "xen03", **options}}


def test_a_lost_host_is_waited_for_predicted_and_found_once(still_lab: Lab, player: Player) -> None:
    xapi = alert(still_lab, "xen03")
    predicted = player.results(still_lab, connection(), "--check", "--diff")
    assert predicted["changed"]
    assert predicted["diff"] == {"before": {"state": "Alert"}, "after": {"state": "Up"}}

    xapi.host.enable(xapi.host.get_by_name_label("xen03")[0])
    done = while_time_passes(still_lab, player, connection())
    assert done["changed"], done
    assert done["diff"] == predicted["diff"]
    assert cloudstack_state(still_lab, "xen03") == "Up"
    assert not player.results(still_lab, connection())["changed"]


def test_when_the_search_does_not_help_cloudstack_is_asked_and_its_refusal_told(lab: Lab, player: Player) -> None:
    alert(lab, "xen03")
    answer = player.results(lab, connection(search_time=1.0, wait_timeout=2.0))
    assert answer["failed"]
    assert "gave up after" in answer["msg"]
    assert "last seen: it is Alert" in answer["msg"]
    assert 'reconnectHost was refused with "Unable to disconnect host' in answer["msg"]


def test_a_host_of_an_unmanaged_cluster_is_not_waited_for(lab: Lab, player: Player) -> None:
    cloud = by_hand.cloudstack(lab)
    cloud.updateCluster(id=cloud.listClusters()["cluster"][0]["id"], managedstate="Unmanaged")
    answer = player.results(lab, connection())
    assert "its cluster cluster-a is Unmanaged" in answer["msg"]


def test_after_a_restart_of_the_management_server_its_search_is_waited_for(still_lab: Lab, player: Player) -> None:
    still_lab.fault("cloudstack_restart")
    by_hand.time_passes(still_lab, 100)
    assert cloudstack_state(still_lab, "xen03") == "Disconnected"
    done = while_time_passes(still_lab, player, connection())
    assert done["changed"], done
    assert cloudstack_state(still_lab, "xen03") == "Up"


STORAGE: Json = {PREFIX + "xapi_host_storage": {"host": "xen03"}}


def test_storage_is_plugged_as_predicted_and_once(lab: Lab, player: Player) -> None:
    unplug(lab, "xen03", "nfs-data")
    assert plugged(lab, "xen03") == {"nfs-ha"}
    predicted = player.results(lab, STORAGE, "--check", "--diff")
    assert predicted["changed"]
    assert plugged(lab, "xen03") == {"nfs-ha"}
    done = player.results(lab, STORAGE, "--diff")
    assert (done["changed"], done["plugged"]) == (True, ["nfs-data"]), done
    assert done["diff"] == predicted["diff"]
    assert plugged(lab, "xen03") == {"nfs-ha", "nfs-data"}
    assert not player.results(lab, STORAGE)["changed"]


def test_storage_that_nobody_has_plugged_stays_as_it_is(lab: Lab, player: Player) -> None:
    by_hand.xapi(lab).pool.disable_ha()
    cloud = by_hand.xapi(lab)
    for ref, vm in cloud.VM.get_all_records().items():
        if vm["name_label"].startswith("i-"):
            cloud.VM.hard_shutdown(ref)
    for host in ("xen01", "xen02", "xen03"):
        unplug(lab, host, "nfs-data")
    assert not player.results(lab, STORAGE)["changed"]


def test_storage_that_is_still_away_is_one_sentence_with_the_srs_name(lab: Lab, player: Player) -> None:
    unplug(lab, "xen03", "nfs-data")
    lab.fault("storage_cut", host="xen03", sr="nfs-data")
    answer = player.results(lab, STORAGE)
    assert answer["failed"]
    assert "xen03, SR nfs-data: " in answer["msg"]
    assert plugged(lab, "xen03") == {"nfs-ha"}


@pytest.mark.parametrize("method", ["Async.PBD.plug", "task.get_record"])
def test_a_lost_answer_is_looked_after(lab: Lab, player: Player, method: str) -> None:
    unplug(lab, "xen03", "nfs-data")
    lab.fault("lose_reply", call={"method": method})
    done = player.results(lab, STORAGE)
    assert not done["failed"], done["msg"]
    assert plugged(lab, "xen03") == {"nfs-ha", "nfs-data"}


def test_the_diagnosis_changes_nothing_and_costs_the_same_for_every_host(lab: Lab, player: Player) -> None:
    state = lab.state()["pools"]
    for host in ("xen01", "xen03"):
        answer = player.results(lab, {PREFIX + "host_diagnosis": {"host": host}})
        assert (answer["changed"], answer["left"]) == (False, [])
    assert lab.state()["pools"] == state


def test_a_recovery_that_was_killed_while_ha_was_off_is_carried_on(lab: Lab, player: Player) -> None:
    by_hand.own_xapi(lab, "xen03").host.emergency_ha_disable()
    lab.fault("toolstack_stop", host="xen03")
    lab.fault("toolstack_start", host="xen03")
    by_hand.time_passes(lab, 60)
    variables = {"recover_host_host": "xen03", "recover_host_allow": ["rearm_ha"], "recover_host_quiet_time": 5}
    run = player.begin(lab, "recover_host", **variables)
    lab.wait_until(lambda state: not state["pools"][POOL]["ha_enabled"], "HA was never switched off")
    run.kill()

    played = player.play(lab, "resume", "-e", "resume_takeover=true")
    assert played.rc == 0, played.output
    pool = lab.state()["pools"][POOL]
    assert (pool["ha_enabled"], pool["ha_configuration"]) == (True, {"timeout": "60"})
    assert pool["hosts"]["xen03"] == {"enabled": True, "live": True}
    promises.no_record_left(pool)
