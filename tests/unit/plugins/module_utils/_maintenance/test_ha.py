# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import HaState
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.ha import (
    DesiredHa,
    HaSteps,
    desired_from_options,
    ha_before,
    ha_steps,
    heartbeat_sr,
    left_on,
    unsettled,
    unverified,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.ha_ready import (
    HaFacts,
    ha_problems,
    tolerate_problems,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.record import LOCK, Lock
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.pools import (
    LOCAL,
    SHARED,
    ha_on,
    pool,
    with_host,
)

ON_180 = DesiredHa(enabled=True, configuration={"timeout": "180"}, sr=SHARED)


def options(**given: object) -> dict[str, object]:
    defaults = {
        "state": None,
        "restore": None,
        "ha_timeout": 180,
        "heartbeat_sr": None,
        "host_failures_to_tolerate": None,
        "pin_timeout": False,
    }
    return {**defaults, **given}


def test_enabling_what_is_off_is_one_call() -> None:
    assert ha_steps(HaState(), ON_180) == HaSteps(enable=True)


def test_the_same_timeout_and_storage_is_nothing_to_do() -> None:
    assert not ha_steps(ha_on(pool()).ha, ON_180).changed


def test_another_timeout_is_off_and_on() -> None:
    assert ha_steps(ha_on(pool(), timeout="60").ha, ON_180) == HaSteps(disable=True, enable=True)


def test_an_implicit_timeout_is_not_the_explicit_one() -> None:
    implicit = replace(ha_on(pool()).ha, configuration={})
    assert ha_steps(implicit, ON_180) == HaSteps(disable=True, enable=True)


def test_another_storage_is_off_and_on() -> None:
    moved = replace(ha_on(pool()).ha, heartbeat_sr="uuid-old")
    assert ha_steps(moved, ON_180) == HaSteps(disable=True, enable=True)


def test_disabling_what_is_off_is_nothing_to_do() -> None:
    assert not ha_steps(HaState(), DesiredHa(enabled=False)).changed


def test_the_failures_to_tolerate_change_alone() -> None:
    wish = replace(ON_180, host_failures_to_tolerate=1)
    assert ha_steps(ha_on(pool()).ha, wish) == HaSteps(tolerate=1)


def test_what_was_remembered_restores_to_no_change() -> None:
    before = ha_on(pool())
    desired = desired_from_options(before, options(restore=ha_before(before.ha)))
    assert not ha_steps(before.ha, desired).changed


def test_restoring_compares_the_whole_configuration() -> None:
    kept = replace(ha_on(pool()).ha, configuration={"timeout": "180", "other": "kept"})
    off = replace(pool(), ha=replace(kept, enabled=False))
    desired = desired_from_options(off, options(restore=ha_before(kept)))
    assert ha_steps(off.ha, desired) == HaSteps(enable=True)
    assert desired.configuration == {"timeout": "180", "other": "kept"}


def run_of(operation: str, **asked: object) -> dict[str, str]:
    """``other_config`` of a pool that a run holds."""
    return {LOCK: Lock("1000-abc", "ops@controller", "5eed", operation, 1000, 600, asked).as_json()}


ASKED = {"state": "enabled", "timeout": 120, "heartbeat_sr": ""}


@pytest.mark.parametrize(
    "config",
    [
        {},
        run_of("remove_host", **ASKED),
        run_of("pool_ha", **{**ASKED, "timeout": 60}),
        run_of("pool_ha", **{**ASKED, "heartbeat_sr": "another"}),
        run_of("pool_ha", **{**ASKED, "state": "disabled"}),
    ],
    ids=["no run", "another role's run", "another timeout asked", "another SR asked", "off asked"],
)
def test_ha_that_somebody_has_switched_on_meanwhile_is_never_switched_off_again(config: dict[str, str]) -> None:
    noted, now = ha_before(ha_on(pool()).ha), replace(ha_on(pool(), timeout="120"), other_config=config)
    desired = desired_from_options(now, options(restore={**noted, "host_failures_to_tolerate": 2}))
    assert not ha_steps(now.ha, desired).changed
    text = left_on(now, noted)
    assert "HA is on with timeout 120 s on nfs1" in text
    assert "timeout 180 s on nfs1 was noted" in text
    assert text.endswith("play pool_ha with -e pool_ha_state=enabled -e pool_ha_timeout=180.")


def test_another_heartbeat_sr_is_somebodys_decision_as_well() -> None:
    now = ha_on(pool())
    noted = {**ha_before(now.ha), "heartbeat_sr": "uuid-old"}
    assert "on uuid-old was noted" in left_on(now, noted)
    assert "-e pool_ha_heartbeat_sr=uuid-old" in left_on(now, noted)
    assert not ha_steps(now.ha, desired_from_options(now, options(restore=noted))).changed


def test_what_a_run_of_pool_ha_was_asked_for_is_taken_back() -> None:
    noted = ha_before(ha_on(pool()).ha)
    now = replace(ha_on(pool(), timeout="120"), other_config=run_of("pool_ha", **{**ASKED, "timeout": "120"}))
    assert left_on(now, noted) == ""
    desired = desired_from_options(now, options(restore=noted))
    assert ha_steps(now.ha, desired) == HaSteps(disable=True, enable=True)


@pytest.mark.parametrize("noted", [None, "on", {}, {"enabled": True}])
def test_a_note_that_says_nothing_of_ha_is_nobodys_decision(noted: object) -> None:
    assert left_on(ha_on(pool()), noted) == ""


def test_restoring_off_needs_no_storage() -> None:
    desired = desired_from_options(pool(srs=()), options(restore=ha_before(HaState())))
    assert desired.enabled is False


def test_restore_survives_a_template_that_made_texts_of_it() -> None:
    before = {
        "enabled": "True",
        "configuration": {"timeout": 180},
        "heartbeat_sr": "uuid-nfs",
        "host_failures_to_tolerate": "0",
    }
    desired = desired_from_options(pool(), options(restore=before))
    assert (desired.enabled, desired.configuration) == (True, {"timeout": "180"})


def test_an_incomplete_restore_names_what_it_lacks() -> None:
    with pytest.raises(MaintenanceError, match="restore lacks configuration, heartbeat_sr, host_failures"):
        desired_from_options(pool(), options(restore={"enabled": True}))


@pytest.mark.parametrize("timeout", [9, 3601, 0, -5])
def test_a_timeout_out_of_range_is_refused(timeout: int) -> None:
    with pytest.raises(MaintenanceError, match="outside 10 to 3600 seconds"):
        desired_from_options(pool(), options(state="enabled", ha_timeout=timeout))


def test_the_storage_used_last_is_used_again() -> None:
    other = replace(SHARED, ref="sr-a", uuid="uuid-a", name="a-first-by-name")
    used = HaState(heartbeat_sr="uuid-nfs")
    assert heartbeat_sr(pool(srs=(other, SHARED), ha=used), None) == SHARED


def test_without_history_the_first_suitable_shared_storage_is_used() -> None:
    iso = replace(SHARED, ref="sr-iso", uuid="uuid-iso", name="iso", can_hold_statefile=False)
    partly = replace(SHARED, ref="sr-part", uuid="uuid-part", name="part", plugged_on=("h1",))
    assert heartbeat_sr(pool(srs=(LOCAL, iso, partly, SHARED)), None) == SHARED


def test_a_pool_without_suitable_storage_is_told_so() -> None:
    with pytest.raises(MaintenanceError, match="no shared SR that every host has plugged"):
        heartbeat_sr(pool(srs=(LOCAL,)), None)


def test_a_healthy_pool_is_ready() -> None:
    assert ha_problems(pool(), SHARED, allow_small_pool=False) == []


def test_all_obstacles_are_told_at_once() -> None:
    sick = with_host(pool(current_operations={"t": "apply_updates"}), "h2", live=False, software_version={"xapi": "1"})
    sr = replace(SHARED, plugged_on=("h1", "h2"), can_hold_statefile=False)
    problems = "; ".join(ha_problems(sick, sr, allow_small_pool=False))
    for cause in (
        "not alive: xen02",
        "differ in version",
        "busy with apply_updates",
        "not plugged on xen03",
        "cannot hold",
    ):
        assert cause in problems


def test_two_hosts_need_consent() -> None:
    two = pool(hosts=pool().hosts[:2])
    [problem] = ha_problems(two, SHARED, allow_small_pool=False)
    assert "2 of the 3 hosts" in problem
    assert ha_problems(two, SHARED, allow_small_pool=True) == []


def test_a_disabled_host_is_no_obstacle() -> None:
    assert ha_problems(with_host(pool(), "h2", enabled=False), SHARED, allow_small_pool=False) == []


def test_every_host_must_see_the_statefile() -> None:
    assert unverified(ha_on(pool()), ON_180) is None
    assert unverified(with_host(ha_on(pool()), "h3", statefiles=()), ON_180) == "no statefile seen by xen03"
    assert unverified(with_host(ha_on(pool()), "h3", statefiles=("older",)), ON_180) == "no statefile seen by xen03"


def test_the_configuration_is_read_back() -> None:
    assert unverified(pool(), ON_180) == "HA is still off"
    assert unverified(ha_on(pool()), DesiredHa(enabled=False)) == "HA is still on"
    assert "timeout" in str(unverified(ha_on(pool(), timeout="60"), ON_180))


def test_a_licence_without_ha_is_told_with_its_edition() -> None:
    free = with_host(pool(restrictions={"enable_xha": "false"}), "h1", edition="free")
    [problem] = ha_problems(free, SHARED, allow_small_pool=False)
    assert "licence does not include HA (edition free" in problem
    assert ha_problems(pool(restrictions={"enable_xha": "true"}), SHARED, allow_small_pool=False) == []


def test_a_required_interface_that_is_unplugged_is_told() -> None:
    facts = HaFacts(unplugged=("eth1 of xen02",))
    [problem] = ha_problems(pool(), SHARED, allow_small_pool=False, facts=facts)
    assert "eth1 of xen02 has to be plugged" in problem


def test_a_full_storage_is_no_obstacle_when_it_has_a_statefile_already() -> None:
    full = replace(SHARED, free_mib=3807)
    [problem] = ha_problems(pool(), full, allow_small_pool=False)
    assert "3807 MiB free of the 3808" in problem
    holds_it = HaFacts(statefile_srs=frozenset({"sr-nfs"}))
    assert ha_problems(pool(), full, allow_small_pool=False, facts=holds_it) == []


def test_no_more_failures_are_promised_than_there_is_room_for() -> None:
    facts = HaFacts(most=1)
    assert tolerate_problems(pool(), 1, facts, allow_overcommit=False) == []
    assert "has room for 1" in tolerate_problems(pool(), 2, facts, allow_overcommit=False)[0]
    assert tolerate_problems(pool(), 2, facts, allow_overcommit=True) == []
    assert tolerate_problems(pool(), -1, facts, allow_overcommit=True) == ["host_failures_to_tolerate is -1"]


def test_the_timeout_is_pinned_for_tools_that_give_none() -> None:
    wish = desired_from_options(pool(), options(state="enabled", pin_timeout=True))
    on = ha_on(pool()).ha
    assert ha_steps(on, wish) == HaSteps(pin="180")
    assert not ha_steps(replace(on, pinned_timeout="180"), wish).changed
    assert unsettled(on, HaSteps(pin="180")) == "default_ha_timeout is None"


def test_restoring_brings_the_pin_back_or_takes_it_away() -> None:
    before = ha_on(pool())
    wish = desired_from_options(before, options(restore=ha_before(before.ha)))
    assert ha_steps(replace(before.ha, pinned_timeout="60"), wish) == HaSteps(pin="")


def test_a_record_that_knows_no_pin_leaves_it() -> None:
    before = ha_on(pool())
    older = {key: value for key, value in ha_before(before.ha).items() if key != "pinned_timeout"}
    wish = desired_from_options(before, options(restore=older))
    assert not ha_steps(replace(before.ha, pinned_timeout="60"), wish).changed
