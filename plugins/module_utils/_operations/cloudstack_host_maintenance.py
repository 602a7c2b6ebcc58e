# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host in or out of CloudStack's maintenance, whatever state it was in.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import replace

from .._argspec import ArgumentSpec, cloudstack_spec, record_spec, waiting_spec
from .._cloudstack.client import CloudStackClient
from .._cloudstack.errors import CloudStackError, OutcomeUnknown, refusal
from .._cloudstack.picture import read_clusters, read_hosts, read_instances_on, read_version
from .._maintenance.cloud_views import cs_host_view
from .._maintenance.cluster import PREPARING, CsHost, find_cluster, find_host
from .._maintenance.errors import MaintenanceError
from .._maintenance.host_states import Step, heals_itself, next_step_in, next_step_out, waits_behind
from .._maintenance.kinds import HOST_IN_SERVICE, service_before
from .._maintenance.waiter import NotYet
from ._context import Context, Outcome

SPEC = (
    cloudstack_spec()
    | waiting_spec(3600)
    | record_spec()
    | ArgumentSpec(
        options={
            "host": {"type": "str", "required": True},
            "cluster": {"type": "str"},
            "state": {"type": "str", "required": True, "choices": ["maintenance", "enabled"]},
            "wait_for_up": {"type": "bool", "default": True},
        }
    )
)

_COMMANDS: dict[Step, str] = {Step.PREPARE: "prepareHostForMaintenance", Step.CANCEL: "cancelHostMaintenance"}
_GOALS = {
    "maintenance": (
        "in maintenance",
        "Look at the VMs that are left on it; state: enabled takes it back into service.",
    ),
    "enabled": ("in service", "Check that the host and the pool's master are enabled in XAPI."),
}
# Somebody else was quicker to prepare a host of this cluster; the texts differ between versions (cloudstack.md 2.3).
_BEHIND = "There are other servers"


def run(context: Context) -> Outcome:
    """Do what the host's state asks for, again and again, until it is where it should be."""
    before = _find(context)
    self_healing = heals_itself(read_version(context.cloudstack))
    journey = Journey(context, before, self_healing)
    if context.check_mode:
        return _outcome(before, _predicted(before, journey, context.params["state"]))
    inward = context.params["state"] == "maintenance"
    if inward:
        # What is refused at once has changed nothing, and is not noted.
        journey.next_step(before)
        _note(context, before)
    goal, remedy = _GOALS[context.params["state"]]
    after = context.waiter().wait(f"{before.name}: waiting until CloudStack has it {goal}", journey.advance, remedy)
    if not inward:
        context.journal.strike(HOST_IN_SERVICE, before.ip_address)
    return _outcome(before, after)


class Journey:
    """One host on its way, looked at afresh at each step; nothing is believed but its state."""

    def __init__(self, context: Context, host: CsHost, self_healing: bool) -> None:
        self._client: CloudStackClient = context.cloudstack
        self._report = context.report
        self._inward = context.params["state"] == "maintenance"
        self._wait_for_up = bool(context.params["wait_for_up"])
        self._self_healing = self_healing
        self._host = host
        self._prepares = 0
        self._job: tuple[str, str] | None = None

    def advance(self) -> CsHost | NotYet:
        """Finish a job that runs, else look and do the next thing."""
        pending = self._finish_job()
        if pending is not None:
            return pending
        hosts = read_hosts(self._client, clusterid=self._host.cluster_id)
        host = find_host(hosts, self._host.id)
        step = self.next_step(host)
        if step is Step.DONE:
            return host
        if step is Step.WAIT:
            return NotYet(self._why(host))
        behind = waits_behind(host, hosts) if step is Step.PREPARE else []
        if behind:
            return NotYet(f"CloudStack is preparing {', '.join(behind)} first")
        self._do(step, host)
        return NotYet(f"it is {host.resource_state}")

    def next_step(self, host: CsHost) -> Step:
        """What the host's state asks for."""
        if self._inward:
            return next_step_in(host, self._prepares, self._self_healing)
        return next_step_out(host, self._wait_for_up)

    def _do(self, step: Step, host: CsHost) -> None:
        """Ask CloudStack; without an answer the next look tells what became of it."""
        try:
            if step is Step.ENABLE:
                self._client.call("updateHost", id=host.id, allocationstate="Enable")
                return
            command = _COMMANDS[step]
            self._report(f"{host.name} CloudStack is asked to {command}")
            self._prepares += step is Step.PREPARE
            self._job = (command, self._client.submit(command, id=host.id))
        except OutcomeUnknown:
            self._report(f"{host.name} CloudStack gives no answer, looking again")
        except CloudStackError as error:
            self._excuse(error)

    def _finish_job(self) -> NotYet | None:
        """None when no job is pending; what a lost job did is seen from the host's state."""
        if self._job is None:
            return None
        command, job_id = self._job
        answer = self._client.look_at(job_id)
        if answer.status == "pending":
            return NotYet(f"{command} is running")
        self._job = None
        if answer.status == "failed":
            self._excuse(refusal(self._client.label, command, int(answer.result.get("errorcode") or 530), answer.text))
        return None

    def _excuse(self, error: CloudStackError) -> None:
        """A refusal counts only when the host is not where it should be, or on its way, all the same."""
        host = find_host(read_hosts(self._client, clusterid=self._host.cluster_id), self._host.id)
        arrived = "Maintenance" if self._inward else "Enabled"
        if host.resource_state == arrived:
            return
        if self._inward and _BEHIND in error.text:
            self._prepares -= 1
            return
        raise MaintenanceError(
            f'{host.name}: CloudStack refused with "{error.text}" ({error.code}), and the host is now {host.state} and '
            f"{host.resource_state}. Remove that cause, then run this again; state: enabled takes it back into service."
        )

    def _why(self, host: CsHost) -> str:
        state = f"it is {host.state} and {host.resource_state}"
        if host.resource_state not in PREPARING:
            return state
        states = Counter(instance.state for instance in read_instances_on(self._client, host.id))
        left = ", ".join(f"{number} {name}" for name, number in sorted(states.items()))
        return f"{state}, VMs on it: {left or 'none'}"


def _find(context: Context) -> CsHost:
    wanted = context.params["cluster"]
    where = {"clusterid": find_cluster(read_clusters(context.cloudstack), wanted).id} if wanted else {}
    return find_host(read_hosts(context.cloudstack, **where), context.params["host"])


def _note(context: Context, host: CsHost) -> None:
    """Both halves before either is changed, also of a host in maintenance: whoever disables it cannot see that."""
    if context.journal.open and context.journal.entry(HOST_IN_SERVICE, host.ip_address) is None:
        members = context.xapi.call("host.get_all_records").values()
        enabled = next((bool(each["enabled"]) for each in members if each["address"] == host.ip_address), None)
        before = service_before(host.name, enabled, host.resource_state)
        context.journal.note(HOST_IN_SERVICE, host.ip_address, before)


def _predicted(before: CsHost, journey: Journey, state: str) -> CsHost:
    """What the host will be; raises what would be refused."""
    step = journey.next_step(before)
    if step is Step.DONE:
        return before
    wanted = "Maintenance" if state == "maintenance" else "Enabled"
    return replace(before, resource_state=wanted)


def _outcome(before: CsHost, after: CsHost) -> Outcome:
    changed = before.resource_state != after.resource_state
    step = f"{after.name} is {after.resource_state} in CloudStack"
    return Outcome(changed, {"host": cs_host_view(after)}, before=_state(before), after=_state(after), step=step)


def _state(host: CsHost) -> dict[str, t.Any]:
    return {"resource_state": host.resource_state, "state": host.state}
