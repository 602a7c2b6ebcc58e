# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs on one pool: what one of them has changed is never taken back by the other."""

from __future__ import annotations

import json
import typing as t

import yaml
from support import promises
from support.hands import Hands
from support.lab import Lab
from support.player import Player

Json = dict[str, t.Any]

POOL = "pool-a"
RUN = "xencloud.maintenance.maintenance_run"
UNDO = "xencloud.maintenance.maintenance_undo"
HA = "xencloud.maintenance.xapi_pool_ha"
HOST = "xencloud.maintenance.xapi_host"
MASTER = "xencloud.maintenance.xapi_pool_master"
# As a removal leaves a pool for an hour: HA is off, a host is out of service.
OTHER = {"state": "started", "operation": "designate_master", "asked": {"host": "xen02"}, "lease": 10**8}
SILENT = {**OTHER, "lease": 60}


def begun(lab: Lab, player: Player, asked: Json) -> str:
    """A run that has switched pool HA off."""
    run_id: str = player.results(lab, {RUN: asked})["run"]["id"]
    assert player.tasks(lab, [{HA: {"state": "disabled", "run_id": run_id}}]).rc == 0
    return run_id


def owner(lab: Lab) -> str:
    """The run that holds the pool."""
    config = lab.state()["pools"][POOL]["other_config"]
    lock: Json = yaml.safe_load(config.get("xencloud.maintenance.lock", "{}"))
    return str(lock.get("id", ""))


def test_a_run_that_comes_too_late_leaves_what_the_first_one_has_changed(lab: Lab, player: Player) -> None:
    """Both saw a free pool: the other one begins between the plan and the lock of the first."""
    hook: list[Json] = [
        {RUN: OTHER, "register": "other"},
        {HA: {"state": "disabled", "run_id": "{{ other.run.id }}"}},
        {HOST: {"host": "xen03", "state": "disabled", "run_id": "{{ other.run.id }}"}},
    ]
    file = player.folder / "hook.yml"
    file.write_text(yaml.safe_dump(hook))
    options = ("-e", f"rolling_patch_preflight_tasks={file}", "-e", "rolling_patch_report_dir=reports")
    refused = player.play(lab, "rolling_patch", *options)
    assert refused.rc != 0
    assert "designate_master" in refused.errors[-1]
    assert "its lease lasts another" in refused.errors[-1]
    state = lab.state()["pools"][POOL]
    assert (state["ha_enabled"], state["hosts"]["xen03"]["enabled"]) == (False, False)
    assert owner(lab)
    assert "xencloud.maintenance.undo.002" in state["other_config"]
    assert not (player.folder / "reports").exists()


def test_a_run_that_is_silent_is_taken_back_by_resume_and_by_no_other_role(lab: Lab, player: Player) -> None:
    """It may be in a task of the operator's, which gives no sign of life."""
    run_id = begun(lab, player, SILENT)
    lab.running.ask("/advance", {"seconds": 600})
    refused = player.play(lab, "pool_ha", "-e", "pool_ha_state=enabled")
    assert refused.rc != 0
    assert "its lease ran out" in refused.errors[-1]
    assert (owner(lab), lab.state()["pools"][POOL]["ha_enabled"]) == (run_id, False)

    resumed = player.play(lab, "resume", "-e", "resume_action=take_back")
    assert resumed.rc == 0, resumed.output
    promises.ha_is(lab.state(), POOL, enabled=True)
    promises.no_record_left(lab.state()["pools"][POOL])


def test_a_run_that_was_ended_elsewhere_does_not_rise_again(lab: Lab, player: Player, elsewhere: Player) -> None:
    """Its controller slept; what people have decided since stays."""
    run_id = begun(lab, player, SILENT)
    assert elsewhere.tasks(lab, [{UNDO: {"takeover": True}}]).rc == 0
    later: list[Json] = [{HA: {"state": "disabled"}}, {HOST: {"host": "xen03", "state": "disabled"}}]
    assert elsewhere.tasks(lab, later).rc == 0
    lab.running.ask("/advance", {"seconds": 7200})
    lab.fault("toolstack_stop", host="xen01")
    lab.fault("toolstack_start", host="xen01")
    lab.wait_until(lambda state: bool(state["pools"][POOL].get("hosts")), "the master serves")

    awake = player.results(lab, {UNDO: {"run_id": run_id}})
    assert "no run holds it" in awake["msg"]
    state = lab.state()["pools"][POOL]
    assert (state["ha_enabled"], state["hosts"]["xen03"]["enabled"]) == (False, False)


def test_a_run_that_lost_its_pool_moves_no_role(lab: Lab, player: Player, elsewhere: Player) -> None:
    """A change of master leaves nothing to take back, so it is asked before."""
    run_id = begun(lab, player, SILENT)
    assert elsewhere.results(lab, {RUN: {**OTHER, "takeover": True}})["run"]["id"] != run_id
    late = player.results(lab, {MASTER: {"host": "xen02", "run_id": run_id}})
    assert f"this is not the pool of run {run_id} any more" in late["msg"]
    assert lab.state()["pools"][POOL]["master"] == "xen01"


def never_ending(lab: Lab) -> None:
    """Somebody's own migration, for which whoever takes back waits as long as it may."""
    lab.fault("vm_never_migrates", vm="monitoring")
    hands = Hands(lab)
    hands.xapi("Async.VM.pool_migrate", hands.named("VM", "monitoring"), hands.named("host", "xen02"), {})


def test_what_is_taken_back_by_two_is_left_to_the_later_one(lab: Lab, player: Player, elsewhere: Player) -> None:
    begun(lab, player, OTHER)
    never_ending(lab)
    options = ("-e", "resume_action=take_back", "-e", "resume_takeover=true", "-e", "resume_wait_timeout=25")
    first = player.begin(lab, "resume", *options)
    lab.wait_until(waits, "it waits")
    assert elsewhere.tasks(lab, [{UNDO: {"takeover": True, "wait_timeout": 1}}]).rc == 0
    second = begun(lab, elsewhere, OTHER)
    output, _errors = first.communicate(timeout=120)
    assert first.returncode != 0
    assert "has taken the pool over meanwhile" in output
    assert (owner(lab), lab.state()["pools"][POOL]["ha_enabled"]) == (second, False)


def test_a_pool_that_is_being_taken_back_is_held(lab: Lab, player: Player, elsewhere: Player) -> None:
    """That may take longer than the lease of the run that died."""
    begun(lab, player, {**OTHER, "lease": 10**5})
    lab.running.ask("/advance", {"seconds": 2 * 10**5})
    never_ending(lab)
    often = {"maintenance_waiting": {"poll_interval": 0.1, "heartbeat_interval": 0.2}}
    options = ("-e", "resume_action=take_back", "-e", "resume_wait_timeout=15", "-e", json.dumps(often))
    first = player.begin(lab, "resume", *options)
    lab.wait_until(alive, "it gives signs of life")
    refused = elsewhere.play(lab, "pool_ha", "-e", "pool_ha_state=enabled")
    assert "its lease lasts another" in refused.errors[-1]
    first.communicate(timeout=120)


def waits(state: Json) -> bool:
    """The playbook of the first has come to the pool: it was asked at least twice who migrates."""
    return bool(state["calls"].get("task.get_all_records", 0) >= 2)


def alive(state: Json) -> bool:
    """A sign of life that is younger than the lease of the dead run."""
    config, now = state["pools"][POOL]["other_config"], state["clock"]["now"]
    prefix = "xencloud.maintenance.renewed."
    return any(now - int(key.removeprefix(prefix)) < 10**4 for key in config if key.startswith(prefix))
