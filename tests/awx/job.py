# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as AWX runs them: ansible-runner, a playbook of the project, survey answers as extra variables, credentials
as environment, and nobody at a terminal.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

import ansible_runner
import data_set
import yaml
from support.lab import Lab

Json = dict[str, t.Any]

# A job that asks something would wait for ever; nothing else is silent for so long.
SILENCE_S = 120
POOL = "pool-a"


@dataclass(frozen=True)
class Job:
    """What AWX keeps of a job."""

    status: str
    rc: int
    events: list[Json]

    @property
    def output(self) -> str:
        return "\n".join(event["stdout"] for event in self.events if event.get("stdout"))

    @property
    def progress(self) -> list[str]:
        """The lines that came while a task was at work, each an event of its own."""
        return [
            event["stdout"] for event in self.events if event["event"] == "verbose" and f" {POOL}" in event["stdout"]
        ]

    @property
    def artifacts(self) -> Json:
        """What the last event carries for the database and for the next job of a workflow."""
        found = [
            event["event_data"].get("artifact_data", {})
            for event in self.events
            if event["event"] == "playbook_on_stats"
        ]
        artifacts: Json = found[-1] if found else {}
        return artifacts

    @property
    def changed(self) -> int:
        return sum(
            bool(event["event_data"].get("res", {}).get("changed")) for event in self.events if "_ok" in event["event"]
        )

    @property
    def failures(self) -> list[str]:
        """The sentences of the tasks that failed."""
        failed = [event for event in self.events if event["event"] == "runner_on_failed"]
        return [str(event["event_data"]["res"].get("msg", "")) for event in failed]


class Jobs:
    """Launches job templates against a lab."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab, self.folder = lab, folder
        self.count = 0

    def launch(
        self,
        template: str,
        typed: Json | None = None,
        *,
        job_type: str = "run",
        artifacts: Json | None = None,
        cancel_when: t.Callable[[], bool] = lambda: False,
        pool: Json | None = None,
        cloudstack: Json | None = None,
    ) -> Job:
        """Launch a job template with typed answers; ``artifacts`` are those of the jobs before it in a workflow.

        :param pool: fields of the pool's credential that are not as usual.
        :param cloudstack: the same for CloudStack's.
        """
        book = data_set.templates()[template]
        self.count += 1
        folder = self.folder / str(self.count)
        (folder / "env").mkdir(parents=True)
        answers = data_set.answers(book, typed or {})
        runner = ansible_runner.run(
            private_data_dir=str(folder),
            project_dir=str(data_set.ROOT),
            playbook=book["playbook"],
            inventory=str(self._inventory(folder)),
            extravars={**answers, **(artifacts or {})},
            envvars=self._environment(folder, pool or {}, cloudstack or {}),
            cmdline="--check" if job_type == "check" else None,
            settings={"idle_timeout": SILENCE_S, "pexpect_timeout": 1},
            cancel_callback=cancel_when,
            quiet=True,
        )
        return Job(runner.status, runner.rc, list(runner.events))

    def _inventory(self, folder: Path) -> Path:
        """What the inventory of AWX says of the pool: where it is. Everything else comes from credentials."""
        variables = {
            **data_set.load()["controller_inventories"][0]["variables"],
            "xapi_connection": {"hostname": self.lab.address("xen01")},
            "maintenance_waiting": {"poll_interval": 0.2, "progress_interval": 2.0},
            # A lease is of the lab's time: the usual hour may end before the next job looks.
            "rolling_patch_lease": 10**8,
        }
        path = folder / "pools.yml"
        path.write_text(yaml.safe_dump({"xencloud_pools": {"hosts": {POOL: variables}}}))
        return path

    def _environment(self, folder: Path, pool: Json, cloud: Json) -> dict[str, str]:
        """Both credentials, and a home that is new for every job, as in a container."""
        pool_type, cloud_type = data_set.load()["controller_credential_types"]
        xapi, cloudstack = self.lab.xapi_connection(), self.lab.cloudstack_connection()
        authority = Path(xapi["ca_path"]).read_text()
        home = {"HOME": str(folder), "ANSIBLE_HOME": str(folder / "ansible"), "ANSIBLE_NOCOLOR": "1"}
        return {
            **home,
            **data_set.injected(
                pool_type, {"username": "root", "password": xapi["password"], "ca": authority, **pool}, folder / "env"
            ),
            **data_set.injected(
                cloud_type,
                {
                    "endpoint": cloudstack["api_url"],
                    "key": cloudstack["api_key"],
                    "secret": cloudstack["api_secret"],
                    "ca": authority,
                    **cloud,
                },
                folder / "env",
            ),
        }
