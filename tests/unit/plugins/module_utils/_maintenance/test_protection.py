# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.unseen import NO_CLOUD
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.captains import (
    CloudHabits,
    still_done_by_cloudstack,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.cluster import (
    CloudPicture,
    Instance,
    Kind,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import Pool
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.protection import (
    Figures,
    captain_of,
    figure_problems,
    figure_warnings,
    plan_protection,
    protected_refs,
    restored,
    unknown_warnings,
)
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.pools import (
    ha_on,
    pool,
    vm,
)


def instance(internal: str, *, ha: bool = False, kind: Kind = "user", state: str = "Running") -> Instance:
    host = "cs-1" if state == "Running" else None
    return Instance(internal, f"name-of-{internal}", internal, kind, state, host, None, 2048, ha, ())


def cloud(*instances: Instance) -> CloudPicture:
    return replace(
        NO_CLOUD,
        instances=tuple(each for each in instances if each.host),
        hostless=tuple(each for each in instances if not each.host),
    )


OWNED = cloud(
    instance("i-2-1-VM", ha=True),
    instance("i-2-2-VM"),
    instance("i-2-3-VM", ha=True, state="Stopped"),
    instance("i-2-4-VM", ha=True, state="Destroyed"),
    instance("r-5-VM", ha=True, kind="router"),
    instance("v-6-VM", ha=True, kind="system"),
)


def pool_of_all(**priorities: str) -> Pool:
    """Every VM of OWNED and one of the pool's own; priorities by internal name with underscores."""
    names = ["i-2-1-VM", "i-2-2-VM", "i-2-3-VM", "i-2-4-VM", "r-5-VM", "v-6-VM", "monitoring"]
    off = {"i-2-3-VM": "Halted", "i-2-4-VM": "Halted"}
    vms = [vm(name, None if name in off else "h1", off.get(name, "Running")) for name in names]
    given = {name.replace("_", "-"): value for name, value in priorities.items()}
    return ha_on(pool(vms=tuple(replace(each, ha_restart_priority=given.get(each.name, "")) for each in vms)))


def after(estate: Pool, captain: str) -> dict[str, str]:
    made = plan_protection(estate, OWNED, captain)  # type: ignore[arg-type]
    changed = {change.uuid: change.after for change in made.changes}
    return {each.name: changed.get(each.uuid, each.ha_restart_priority) for each in estate.vms}


def test_native_ha_gets_exactly_the_user_vms_with_an_ha_offering() -> None:
    protected = {name for name, priority in after(pool_of_all(), "xenserver").items() if priority}
    assert protected == {"i-2-1-VM", "i-2-3-VM"}


def test_system_vms_and_routers_are_given_back_in_both_modes() -> None:
    wrong = pool_of_all(r_5_VM="restart", v_6_VM="best-effort", i_2_2_VM="restart")
    for captain in ("cloudstack", "xenserver"):
        assert {after(wrong, captain)[name] for name in ("r-5-VM", "v-6-VM", "i-2-2-VM")} == {""}


def test_with_cloudstack_no_vm_of_it_has_a_priority() -> None:
    wrong = pool_of_all(i_2_1_VM="restart", i_2_3_VM="best-effort")
    assert set(after(wrong, "cloudstack").values()) == {""}


def test_what_cloudstack_does_not_own_stays_and_is_told_when_protected() -> None:
    kept = pool_of_all(monitoring="restart")
    made = plan_protection(kept, OWNED, "cloudstack")
    assert [each.name for each in made.unknown] == ["monitoring"]
    assert made.changes == ()
    assert "monitoring" in unknown_warnings(made)[0]


def test_a_stranger_that_is_named_like_a_vm_of_cloudstack_is_told() -> None:
    made = plan_protection(pool_of_all(), cloud(), "cloudstack")
    assert any("i-2-1-VM" in text and "does not know them" in text for text in unknown_warnings(made))


def test_what_is_given_up_comes_before_what_is_promised() -> None:
    made = plan_protection(pool_of_all(i_2_2_VM="restart"), OWNED, "xenserver")
    assert [change.after for change in made.changes] == ["", "restart", "restart"]


def test_the_captain_is_read_from_the_priorities() -> None:
    assert captain_of(pool_of_all(), OWNED) == "cloudstack"
    assert captain_of(pool_of_all(i_2_1_VM="restart", i_2_3_VM="restart"), OWNED) == "xenserver"
    assert captain_of(pool_of_all(i_2_1_VM="restart"), OWNED) is None


def test_the_planner_is_asked_about_running_vms_only() -> None:
    estate = pool_of_all()
    made = plan_protection(estate, OWNED, "xenserver")
    assert protected_refs(estate) == {}
    assert protected_refs(estate, made) == {"ref-i-2-1-VM": "restart"}


def test_priorities_are_restored_and_vms_that_are_gone_are_passed_over() -> None:
    before = {"uuid-i-2-1-VM": "restart", "uuid-gone": "restart", "uuid-i-2-2-VM": ""}
    assert [change.name for change in restored(pool_of_all(), before)] == ["i-2-1-VM"]


def test_overcommitment_is_refused_unless_allowed_and_xapi_has_its_say() -> None:
    tight = Figures(tolerate=2, most_before=3, most_after=1)
    planned = replace(pool_of_all().ha, plan_exists_for=2)
    assert "room for 1 failed hosts" in figure_problems(pool_of_all(), tight, allowed=False)[0]
    assert figure_problems(pool_of_all(), tight, allowed=True) == []
    assert "XAPI refuses" in figure_problems(replace(pool_of_all(), ha=planned), tight, allowed=True)[0]
    assert figure_problems(pool_of_all(), Figures(1, 3, 1), allowed=False) == []


def test_nothing_reserved_is_worth_a_warning() -> None:
    assert "nothing is reserved" in figure_warnings(Figures(0, 3, 3))[0]
    assert figure_warnings(Figures(1, 3, 3)) == []


def test_what_cloudstack_still_does_depends_on_its_settings() -> None:
    both = still_done_by_cloudstack(CloudHabits("true", "true", "60"), restarts_after_shutdown_inside=True)
    assert both[0].startswith("Two captains")
    assert any("started by CloudStack as well" in text for text in both)
    assert any("for 60 seconds" in text for text in both)
    assert any("shut down from inside" in text for text in both)
    quiet = still_done_by_cloudstack(CloudHabits("false"), restarts_after_shutdown_inside=False)
    assert quiet[0].startswith("vm.ha.enabled is false")
    assert not any("from inside" in text for text in quiet)
