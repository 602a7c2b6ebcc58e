# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What jobs leave behind, and when one waits for another (``cloudstack.md`` 2.16, 4.6, 6)."""

from __future__ import annotations

import pickle
import typing as t

from cloudstack_world import Cloud

ONE_AT_A_TIME = {"concurrent.migrations.per.target.datastore": "1"}


def states(cloud: Cloud, event: str) -> list[tuple[str, str]]:
    """State and level of the events of a type, the first one first."""
    rows = cloud.ask("listEvents", type=event).get("event", [])
    return [(row["state"], row["level"]) for row in reversed(rows)]


def migrate(cloud: Cloud, name: str, target: str = "xen1") -> str:
    hosts = {"virtualmachineid": cloud.vm(name).uuid, "hostid": cloud.host(target).uuid}
    return str(cloud.ask("migrateVirtualMachine", **hosts)["jobid"])


def status(cloud: Cloud, job: str) -> dict[str, t.Any]:
    return cloud.ask("queryAsyncJobResult", jobid=job)


def ended(cloud: Cloud, *jobs: str) -> bool:
    return all(status(cloud, job)["jobstatus"] != 0 for job in jobs)


def most_at_once(cloud: Cloud, *jobs: str) -> int:
    """How many instances were in Migrating at the same time, until all jobs have ended."""
    most = 0
    while not ended(cloud, *jobs):
        most = max(most, sum(vm.state == "Migrating" for vm in cloud.server.tables.instances))
        cloud.run(1)
    return most


def test_a_job_leaves_scheduled_started_and_completed_cloudstack_4_6() -> None:
    cloud = Cloud()
    cloud.job("stopVirtualMachine", id=cloud.vm("web1").uuid)
    assert states(cloud, "VM.STOP") == [("Scheduled", "INFO"), ("Started", "INFO"), ("Completed", "INFO")]
    rows = cloud.ask("listEvents", type="VM.STOP")["event"]
    assert {row.get("parentid") for row in rows} == {None, rows[-1]["id"]}
    assert {row["resourceid"] for row in rows} == {cloud.vm("web1").uuid}
    assert cloud.ask("listEvents", startid=rows[-1]["id"])["event"] == rows


def test_a_job_that_fails_completes_with_an_error_cloudstack_4_6() -> None:
    cloud = Cloud()
    vm = cloud.vm("web1")
    cloud.job_refusal("migrateVirtualMachine", virtualmachineid=vm.uuid, hostid=cloud.host("xen2").uuid)
    assert states(cloud, "VM.MIGRATE")[-1] == ("Completed", "ERROR")


def test_what_a_command_creates_has_an_event_of_its_own_cloudstack_4_6() -> None:
    cloud = Cloud()
    zone, offering = cloud.ask("listZones")["zone"][0]["id"], cloud.ask("listServiceOfferings")["serviceoffering"][0]
    template = cloud.server.lasting_uuid("template")
    cloud.job("deployVirtualMachine", zoneid=zone, serviceofferingid=offering["id"], templateid=template, name="new")
    assert [state for state, _level in states(cloud, "VM.CREATE")] == ["Created", "Scheduled", "Started", "Completed"]


def test_events_of_a_console_proxy_are_proxy_events_cloudstack_2_16() -> None:
    cloud = Cloud()
    console = next(vm for vm in cloud.server.tables.instances if vm.kind == "console_proxy")
    cloud.job("rebootSystemVm", id=console.uuid)
    assert [state for state, _level in states(cloud, "PROXY.REBOOT")] == ["Scheduled", "Started", "Completed"]


def test_the_end_of_a_maintenance_is_told_when_the_host_is_empty_cloudstack_2_16() -> None:
    cloud = Cloud()
    cloud.job("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    assert [state for state, _level in states(cloud, "MAINT.PREPARE")] == ["Scheduled", "Started"]
    cloud.until(lambda: cloud.host("xen3").resource == "Maintenance", 300)
    assert states(cloud, "MAINT.PREPARE")[-1] == ("Completed", "INFO")


def test_migrations_to_one_host_run_together_by_default_cloudstack_6() -> None:
    cloud = Cloud()
    assert most_at_once(cloud, migrate(cloud, "web1"), migrate(cloud, "web2")) == 2


def test_the_setting_limits_migrations_by_target_cloudstack_6() -> None:
    cloud = Cloud(settings=ONE_AT_A_TIME)
    jobs = migrate(cloud, "web1"), migrate(cloud, "web2")
    assert most_at_once(cloud, *jobs) == 1
    assert [status(cloud, job)["jobstatus"] for job in jobs] == [1, 1]


def test_other_targets_are_another_queue_cloudstack_6() -> None:
    cloud = Cloud(settings=ONE_AT_A_TIME)
    assert most_at_once(cloud, migrate(cloud, "web1", "xen3"), migrate(cloud, "web2", "xen2")) == 2


def test_older_versions_do_not_queue_by_target_cloudstack_6() -> None:
    cloud = Cloud("4.14.0.0", settings=ONE_AT_A_TIME)
    assert most_at_once(cloud, migrate(cloud, "web1"), migrate(cloud, "web2")) == 2


def test_a_job_that_blocks_its_queue_too_long_is_cancelled_without_a_result_cloudstack_4_6() -> None:
    cloud = Cloud(settings={**ONE_AT_A_TIME, "job.cancel.threshold.minutes": "0"})
    first, second = migrate(cloud, "web1"), migrate(cloud, "web2")
    cloud.until(lambda: ended(cloud, first, second))
    job = status(cloud, first)
    assert job["jobstatus"] == 2
    assert "jobresult" not in job
    cloud.until(lambda: cloud.vm("web1").state == "Running", 600)
    assert cloud.vm("web1").host is cloud.host("xen1")


def test_a_restart_of_the_server_empties_the_queues_cloudstack_4_6() -> None:
    cloud = Cloud(settings=ONE_AT_A_TIME)
    jobs = migrate(cloud, "web1"), migrate(cloud, "web2")
    cloud.run(2)
    cloud.server.restart()
    cloud.until(lambda: cloud.server.running)
    assert [status(cloud, job)["jobstatus"] for job in jobs] == [2, 2]
    assert cloud.vm("web2").host is cloud.host("xen3")


def test_a_saved_world_keeps_running_and_waiting_jobs() -> None:
    cloud = Cloud(settings=ONE_AT_A_TIME)
    jobs = migrate(cloud, "web1"), migrate(cloud, "web2")
    cloud.run(2)
    cloud.world = pickle.loads(pickle.dumps(cloud.world))
    cloud.server = cloud.world.cloudstack
    assert most_at_once(cloud, *jobs) == 1
    assert [status(cloud, job)["jobstatus"] for job in jobs] == [1, 1]
