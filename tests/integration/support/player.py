# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs ansible-playbook against a lab and keeps what it printed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import typing as t
import uuid
from dataclasses import dataclass
from pathlib import Path

import yaml

from .inventory import inventory
from .lab import Lab
from .processes import MARK, kill_all

COLLECTION = "xencloud.maintenance"
# No run of these small estates takes longer; a hang must not stop the whole test run.
LIMIT_S = 420


@dataclass(frozen=True)
class Played:
    """The end of a playbook run."""

    rc: int
    output: str

    @property
    def changed(self) -> int:
        """How many tasks of the pool changed something."""
        return self._recap("changed")

    @property
    def failed(self) -> int:
        return self._recap("failed")

    def _recap(self, word: str) -> int:
        found = re.search(rf"ok=\d+.*?{word}=(\d+)", self.output)
        assert found, self.output
        return int(found.group(1))

    @property
    def errors(self) -> list[str]:
        """The sentences that failing tasks printed, in order."""
        return re.findall(r'^fatal: .*?"msg": "((?:[^"\\]|\\.)*)"', self.output, flags=re.MULTILINE | re.DOTALL)


class Process(subprocess.Popen[str]):
    """A playbook in flight."""

    mark: str = ""

    def kill(self) -> None:
        """Kill the controller and all its workers at once, as a machine that loses power does."""
        kill_all(self.pid, self.mark)
        self.wait()


class Player:
    """ansible-playbook with an inventory for a lab."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def inventory(self, lab: Lab, **changes: t.Any) -> Path:
        """An inventory with one pool; ``xapi`` and ``cloudstack`` change connection options."""
        path = self.folder / "inventory.yml"
        path.write_text(yaml.safe_dump(inventory(lab, **changes)))
        return path

    def play(self, lab: Lab, book: str, *arguments: str, **changes: t.Any) -> Played:
        """Run a playbook of the collection (by its name) or a file."""
        process = self.begin(lab, book, *arguments, **changes)
        output, _errors = process.communicate(timeout=LIMIT_S)
        return Played(process.returncode, output)

    def begin(self, lab: Lab, book: str, *arguments: str, **changes: t.Any) -> Process:
        """Start a playbook and do not wait for it."""
        name = book if book.endswith(".yml") else f"{COLLECTION}.{book}"
        return self.launch("-i", str(self.inventory(lab, **changes)), name, *arguments)

    def launch(self, *arguments: str) -> Process:
        """Start ansible-playbook with these arguments."""
        # A controller of its own: no file of another one, and both halves of async agree on their folder.
        own = {
            "HOME": self.folder,
            "ANSIBLE_HOME": self.folder / "ansible-home",
            "ANSIBLE_ASYNC_DIR": self.folder / "async",
        }
        mark = uuid.uuid4().hex
        environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", **{name: str(path) for name, path in own.items()}}
        process = Process(
            ["ansible-playbook", *arguments],
            cwd=self.folder,
            env={**environment, MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        process.mark = mark
        return process

    def tasks(self, lab: Lab, tasks: list[dict[str, t.Any]], *arguments: str, **changes: t.Any) -> Played:
        """Run tasks with the connections of the lab as defaults."""
        play = {
            "hosts": "xencloud_pools",
            "gather_facts": False,
            "module_defaults": {
                f"group/{COLLECTION}.xapi": "{{ xapi_connection }}",
                f"group/{COLLECTION}.cloudstack": "{{ cloudstack_connection }}",
                f"group/{COLLECTION}.waiting": "{{ maintenance_waiting }}",
            },
            "tasks": tasks,
        }
        path = self.folder / "play.yml"
        path.write_text(yaml.safe_dump([play], sort_keys=False))
        return self.play(lab, str(path), *arguments, **changes)

    def results(self, lab: Lab, task: dict[str, t.Any], *arguments: str, **changes: t.Any) -> dict[str, t.Any]:
        """Run one task and return its result."""
        path = self.folder / "result.json"
        copy = {
            "ansible.builtin.copy": {"content": "{{ outcome | to_json }}", "dest": str(path), "mode": "0600"},
            "check_mode": False,
        }
        # A rescue, because failed_when would hide a failure from the test as well.
        attempt = {"block": [{**task, "register": "outcome"}], "rescue": [{"ansible.builtin.meta": "noop"}]}
        played = self.tasks(lab, [attempt, copy], *arguments, **changes)
        assert played.rc == 0, played.output
        answer: dict[str, t.Any] = json.loads(path.read_text())
        return answer
