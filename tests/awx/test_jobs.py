# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs in AWX: events while it works, no questions, artefacts, cancelled jobs and how they are finished."""

from __future__ import annotations

import pytest
from data_set import load, templates
from job import POOL, Jobs
from support import promises
from support.lab import Json, Lab

# What a person types where the survey proposes nothing.
TYPED = {
    "host_maintenance_host": "xen02",
    "recover_host_host": "xen02",
    "remove_host_hosts": "xen04",
}


@pytest.mark.parametrize("name", list(templates()))
def test_every_job_template_runs_as_a_check_with_the_answers_of_its_survey(lab: Lab, jobs: Jobs, name: str) -> None:
    asked = {question["variable"] for question in templates()[name]["survey_spec"]["spec"]}
    before = (lab.state()["pools"], deeds(lab))
    job = jobs.launch(name, {key: value for key, value in TYPED.items() if key in asked}, job_type="check")
    assert job.status == "successful", job.output
    assert POOL in job.artifacts["maintenance_artifacts"]
    assert (lab.state()["pools"], deeds(lab)) == before


def test_a_patch_job_tells_what_it_does_while_it_does_it_and_leaves_its_report(lab: Lab, jobs: Jobs) -> None:
    job = jobs.launch("Patch pools", {"rolling_patch_mode": "reboot", "rolling_patch_hosts": "xen02, xen03"})
    assert job.status == "successful", job.output
    assert [line for line in job.progress if "moved" in line]
    assert not [secret for secret in lab.secrets if secret in str(job.events)]
    outcome = job.artifacts["maintenance_artifacts"][POOL]
    assert sorted(outcome["planned"]) == ["xen02", "xen03"]
    assert (outcome["run"]["operation"], outcome["left"]) == ("rolling_patch", [])
    state, book = lab.state(), lab.book()
    promises.no_vm_suffered(book)
    promises.every_host_in_service(state, POOL)
    promises.ha_is(state, POOL, enabled=True)
    assert [name for name, count in promises.boots(book).items() if count] == ["xen02", "xen03"]


def test_an_audit_job_hands_its_findings_on_although_it_is_red(lab: Lab, jobs: Jobs) -> None:
    lab.fault("crash", host="xen04")
    lab.wait_until(lambda state: not state["pools"][POOL]["hosts"]["xen04"]["live"], "xen04 is dead")
    job = jobs.launch("Audit a pool", {"pool_audit_fail_on": "blocker"})
    assert job.status == "failed"
    findings = job.artifacts["maintenance_artifacts"][POOL]["findings"]
    assert [finding["object"] for finding in findings if finding["severity"] == "blocker"]


def test_a_box_that_is_ticked_is_about_the_system_of_its_credential(lab: Lab, jobs: Jobs) -> None:
    """Neither certificate is trusted by anybody who is not given the lab's authority."""
    known: Json = {}
    unknown: Json = {"ca": ""}
    unchecked: Json = {"ca": "", "insecure": True}
    answers = {"host_maintenance_host": "xen02"}
    before = deeds(lab)
    for pool, cloudstack in ((unchecked, known), (known, unchecked)):
        job = jobs.launch("Host maintenance", answers, job_type="check", pool=pool, cloudstack=cloudstack)
        assert job.status == "successful", job.output
    for pool, cloudstack, label in (
        (unchecked, unknown, "CloudStack at "),
        (unknown, unchecked, lab.address("xen01")),
    ):
        job = jobs.launch("Host maintenance", answers, pool=pool, cloudstack=cloudstack)
        assert job.status == "failed", job.output
        assert [text for text in job.failures if label in text and "its certificate is not trusted" in text], (
            job.failures
        )
        assert deeds(lab) == before


def test_the_artefacts_of_one_job_do_not_mislead_the_next(jobs: Jobs) -> None:
    plan = jobs.launch("Patch pools", {"rolling_patch_hosts": "xen02"}, job_type="check")
    status = jobs.launch("Who works on a pool", artifacts=plan.artifacts)
    assert status.artifacts["maintenance_artifacts"][POOL]["state"] == "free"


def test_the_workflow_goes_from_an_audit_over_the_plan_and_an_approval_to_an_audit(lab: Lab, jobs: Jobs) -> None:
    """Each step gets the answers to the workflow's survey that its own survey asks for, and all artefacts before it."""
    [workflow] = load()["controller_workflows"]
    typed = {"rolling_patch_mode": "reboot", "rolling_patch_hosts": "xen02"}
    before = deeds(lab)
    artifacts: Json = {}
    finished: list[list[str]] = []
    for node in workflow["simplified_workflow_nodes"]:
        if "approval_node" in node:
            assert deeds(lab) == before
            continue
        book = templates()[node["unified_job_template"]]
        asked = {question["variable"] for question in book["survey_spec"]["spec"]}
        answers = {name: value for name, value in typed.items() if name in asked} | node.get("extra_data", {})
        kind = node.get("job_type", "run")
        job = jobs.launch(book["name"], answers, job_type=kind, artifacts=artifacts)
        assert job.status == "successful", job.output
        artifacts |= job.artifacts
        finished.append(sorted(artifacts["maintenance_artifacts"][POOL]))
    audit, run = ["captains", "findings"], ["left", "planned", "run"]
    assert finished == [audit, run, run, audit]
    assert [name for name, count in promises.boots(lab.book()).items() if count] == ["xen02"]
    promises.no_vm_suffered(lab.book())
    promises.ha_is(lab.state(), POOL, enabled=True)


@pytest.mark.parametrize("action", ["carry_on", "take_back"])
def test_a_cancelled_job_is_finished_by_resume(lab: Lab, jobs: Jobs, action: str) -> None:
    cancelled = jobs.launch("Patch pools", cancel_when=lambda: migrated(lab) >= 2)
    assert cancelled.status == "canceled"
    promises.ha_is(lab.state(), POOL, enabled=False)

    status = jobs.launch("Who works on a pool")
    seen = status.artifacts["maintenance_artifacts"][POOL]
    assert (seen["state"], seen["run"]["operation"]) == ("running", "rolling_patch")

    resumed = jobs.launch("Resume a run", {"resume_action": action, "resume_takeover": "true"})
    assert resumed.status == "successful", resumed.output
    lab.wait_until(every_host_is_up, "every host is Up")
    state, book = lab.state(), lab.book()
    promises.no_vm_suffered(book)
    promises.every_host_in_service(state, POOL)
    promises.ha_is(state, POOL, enabled=True)
    patched = [name for name, host in state["hosts"].items() if not host["missing_updates"]]
    assert len(patched) == (4 if action == "carry_on" else 0)
    promises.no_record_left(state["pools"][POOL])


def test_a_host_goes_out_of_service_and_comes_back_with_answers_that_are_words(lab: Lab, jobs: Jobs) -> None:
    out = jobs.launch("Host maintenance", {"host_maintenance_host": "xen02"})
    assert out.status == "successful", out.output
    assert promises.cloud_hosts(lab.state())["xen02"]["resource_state"] == "Maintenance"
    back = jobs.launch("Host maintenance", {"host_maintenance_host": "xen02", "host_maintenance_state": "in_service"})
    assert back.status == "successful", back.output
    promises.every_host_in_service(lab.state(), POOL)
    promises.no_vm_suffered(lab.book())


def deeds(lab: Lab) -> list[str]:
    """What somebody did to the estate, in order."""
    return [
        line["kind"] for line in lab.book()["log"] if line["kind"] in ("pool_ha", "vm_migrated", "cluster", "host_off")
    ]


def migrated(lab: Lab) -> int:
    return sum(line["kind"] == "vm_migrated" for line in lab.book()["log"])


def every_host_is_up(state: Json) -> bool:
    """CloudStack sees a host that is back only at its next look."""
    return all(host["state"] == "Up" for host in promises.cloud_hosts(state).values())


def test_hosts_are_removed_with_answers_that_are_words(lab: Lab, jobs: Jobs) -> None:
    job = jobs.launch("Remove hosts", {"remove_host_hosts": "xen03, "})
    assert job.status == "successful", job.output
    state = lab.state()
    assert sorted(state["pools"][POOL]["hosts"]) == ["xen01", "xen02", "xen04"]
    assert sorted(promises.cloud_hosts(state)) == ["xen01", "xen02", "xen04"]
    promises.ha_is(state, POOL, enabled=True)
    promises.no_vm_suffered(lab.book())


def test_false_is_no(lab: Lab, jobs: Jobs) -> None:
    """A dead host is confirmed by its name, but nobody has chosen to forget it."""
    lab.fault("crash", host="xen04")
    lab.wait_until(lambda state: not state["pools"][POOL]["hosts"]["xen04"]["live"], "xen04 is dead")
    before = deeds(lab)
    job = jobs.launch("Remove hosts", {"remove_host_hosts": "xen04", "remove_host_confirm_dead": "xen04"})
    assert job.status == "failed"
    assert "let the pool forget it" in "".join(job.failures)
    assert deeds(lab) == before
