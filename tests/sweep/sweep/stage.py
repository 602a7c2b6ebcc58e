# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One worker's stage: a lab that any saved world can be loaded into, and controllers that play against it."""

from __future__ import annotations

import json
import shutil
import typing as t
from pathlib import Path

from support.inventory import inventory
from support.lab import Lab

from . import ansible
from .rehearsals import POOL, Rehearsal

# The clock stands: time passes when a controller waits, and when the sweep says so.
SPEED = 0.0
LIMIT_S = 240.0
# The host by which the pool is reached: no master, and in no estate the one that leaves.
STAYS = "xen02"
# The world is given this much time to serve again before anybody resumes, and to show what it hides afterwards.
SETTLE_S, AFTERMATH_S, STEP_S = 3600.0, 600.0, 30.0
WAITING = {"poll_interval": 20, "progress_interval": 120, "heartbeat_interval": 300}


class Stage:
    """A running lab and the folders of its controllers."""

    def __init__(self, rehearsal: Rehearsal, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.rehearsal = rehearsal
        self.folder = folder
        self.lab = Lab.start(rehearsal.file, folder / "lab", SPEED)
        self._controllers = 0

    def stop(self) -> None:
        self.lab.stop()

    # the world ----------------------------------------------------------------------------

    def load(self, moment: Path) -> None:
        self.lab.running.ask("/load", {"file": str(moment)})

    def advance(self, seconds: float) -> None:
        self.lab.running.ask("/advance", {"seconds": seconds})

    def settle(self) -> None:
        """Whoever resumes comes when the pool answers again."""
        for _step in range(int(SETTLE_S / STEP_S)):
            if self.lab.state()["pools"][POOL].get("master"):
                return
            self.advance(STEP_S)

    # controllers --------------------------------------------------------------------------

    def play(self, book: str, variables: t.Mapping[str, t.Any], log: str) -> ansible.Ended:
        """Play a playbook of the collection from a controller that nobody has used before."""
        self._controllers += 1
        home = self.folder / f"controller-{self._controllers}"
        home.mkdir()
        try:
            return self._play(home, book, variables, self.folder / f"{log}.log")
        finally:
            shutil.rmtree(home, ignore_errors=True)

    def _play(self, home: Path, book: str, variables: t.Mapping[str, t.Any], log: Path) -> ansible.Ended:
        hosts = home / "inventory.json"
        # YAML is a superset of JSON, and JSON is read many times faster.
        # As an operator should: a host that stays, and all others, since any of them may be the one that is gone.
        addresses = [host["address"] for host in self.lab.estate["pools"][0]["hosts"]]
        xapi = {**self.lab.xapi_connection(STAYS), "members": addresses}
        hosts.write_text(json.dumps(inventory(self.lab, maintenance_waiting=WAITING, xapi=xapi)))
        options = json.dumps(dict(variables))
        arguments = ["-i", str(hosts), f"xencloud.maintenance.{book}", "-e", options]
        control = self.lab.running.ready["control"]
        return ansible.wait(ansible.begin(arguments, home, log, control), log, LIMIT_S)
