# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import types

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.checks import checks_for, weighed
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.model import (
    Finding,
    Scope,
    refuse_findings,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.purpose import purpose_from
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.registry import PURPOSES
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.report import (
    Report,
    lines,
    markdown,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.unseen import (
    cloud_unseen,
    pool_unseen,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.matching import match
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.audit.estates import (
    cloud,
    good,
)

DEAD = Finding("host_dead", "blocker", "xen3", "XAPI does not see it alive", "Repair it.")
SKEW = Finding("clock_skew", "warning", "a|b<i>\nc", "its clock is 9 seconds ahead", "Look at it.")


def test_what_becomes_of_ha_in_a_run_is_told_by_name() -> None:
    told = report().as_dict()["pool"]["ha_text"]
    assert told.startswith("pool-a: HA goes off for the run and on again as it is: timeout ")


def report(*findings: Finding) -> Report:
    return Report("pool-a", "audit", findings, match(good(), cloud()), cloud())


def test_a_page_without_findings_says_so() -> None:
    text = markdown(report())
    assert "elected by: **pool HA**" in text
    assert "restarted by: **CloudStack**" in text
    assert "Nothing to complain of." in text


def test_a_page_has_the_worst_first_and_a_row_each() -> None:
    text = markdown(report(DEAD, SKEW))
    assert text.index("## Blockers") < text.index("## Warnings")
    assert "| xen3 | XAPI does not see it alive | Repair it. | `host_dead` |" in text


def test_names_cannot_break_the_table() -> None:
    assert "| a\\|b\\<i\\> c |" in markdown(report(SKEW))


def test_a_pool_that_nobody_sees_has_a_page_too() -> None:
    unseen = Report("192.0.2.1", "audit", (pool_unseen("192.0.2.1: no serving master was found (it is dead). Look."),))
    data = unseen.as_dict()
    assert (data["pool"], data["cluster"], data["captains"]) == (None, None, None)
    assert "no serving master was found" in data["markdown"]


def test_lines_name_captains_and_findings() -> None:
    assert lines(report(DEAD)) == [
        "pool-a: a new master is elected by pool HA, VMs of CloudStack are restarted by CloudStack",
        "pool-a: blocker host_dead: xen3: XAPI does not see it alive. Repair it.",
    ]


def test_an_error_becomes_a_finding_with_its_remedy() -> None:
    told = cloud_unseen("elsewhere: CloudStack knows no cluster of this name or id. It has cluster-a.")
    assert (told.object, told.text) == ("elsewhere", "CloudStack knows no cluster of this name or id")
    assert told.remedy == "It has cluster-a."
    assert told.sentence == "elsewhere: CloudStack knows no cluster of this name or id. It has cluster-a."


def test_a_purpose_drops_what_it_deals_with_itself_and_weighs_the_rest() -> None:
    module = types.ModuleType("x")
    module.__dict__.update(DROPS=("host_dead",), SEVERITIES={"clock_skew": "info"})
    purpose = purpose_from("x", module)
    assert [(each.code, each.severity) for each in weighed(purpose, [DEAD, SKEW])] == [("clock_skew", "info")]


@pytest.mark.parametrize(("severity", "fails"), [("blocker", False), ("warning", True)])
def test_an_audit_fails_from_the_severity_on_that_was_asked_for(severity: str, fails: bool) -> None:
    if not fails:
        refuse_findings("pool-a", [SKEW], severity)
        return
    with pytest.raises(MaintenanceError, match="1 thing that needs somebody") as caught:
        refuse_findings("pool-a", [SKEW], severity, captains={})
    assert "this run has changed nothing" in caught.value.message
    assert caught.value.details["findings"] == [SKEW.as_dict()]
    assert caught.value.details["captains"] == {}


@pytest.mark.parametrize("name", sorted(PURPOSES))
def test_every_purpose_can_look_at_a_healthy_estate(name: str) -> None:
    purpose, estate = PURPOSES[name], match(good(), cloud())
    scope = Scope(name, named=("ref2",), work=frozenset({"ref2"}), asked={"hosts": ["xen2"]})
    told = [finding for check in purpose.checks for finding in check(estate, scope)]
    assert [each.code for each in weighed(purpose, told) if each.severity == "blocker"] == []
    assert isinstance(purpose.plan(estate, scope), dict)


def test_a_purpose_that_can_do_without_cloudstack_still_has_its_own_checks() -> None:
    pool_ha, reboot = PURPOSES["pool_ha"], PURPOSES["reboot"]
    assert set(pool_ha.checks) <= set(checks_for(pool_ha, cloud_seen=False))
    assert not set(reboot.checks) & set(checks_for(reboot, cloud_seen=False))
    assert set(reboot.checks) <= set(checks_for(reboot, cloud_seen=True))
