# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lab as the tests see it: connections for playbooks, its state, its book, its faults."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

from xencloud_lab import background

Json = dict[str, t.Any]

LIMIT_S = 120.0
LOOK_EVERY_S = 0.05


@dataclass(frozen=True)
class Lab:
    """A running lab and the estate it was made from."""

    running: background.Running
    estate: Json

    @classmethod
    def start(cls, estate: Path, state: Path, speed: float) -> Lab:
        return cls(background.start(estate, state, speed), yaml.safe_load(estate.read_text()))

    def stop(self) -> None:
        self.running.stop()

    def state(self) -> Json:
        return self.running.ask("/state")

    def book(self) -> Json:
        return self.running.ask("/book")

    def fault(self, kind: str, **details: t.Any) -> None:
        """Let something go wrong; see ``xencloud-lab fault --help``."""
        self.faults({"kind": kind, **details})

    def faults(self, *orders: Json) -> None:
        """Let several things go wrong; their times count from the same moment."""
        self.running.ask("/faults", list(orders))

    def wait_until(self, holds: t.Callable[[Json], bool], what: str) -> None:
        """Until the lab's state fulfils a condition."""
        end = time.monotonic() + LIMIT_S
        while not holds(self.state()):
            assert time.monotonic() < end, what
            time.sleep(LOOK_EVERY_S)

    def wait_for(self, seconds: float) -> None:
        """Until so many seconds of the lab's time have passed."""
        end = self.state()["clock"]["now"] + seconds
        self.wait_until(lambda state: state["clock"]["now"] >= end, "time stands still")

    def address(self, host: str) -> str:
        """Address and port of a host."""
        ready = self.running.ready
        return f"{ready['hosts'][host]}:{ready['port']}"

    def xapi_connection(self, host: str = "xen01") -> Json:
        """Options of the group ``xapi``."""
        password = self.estate["pools"][0]["password"]
        return {"hostname": self.address(host), "password": password, "ca_path": self.running.ready["ca"]}

    def cloudstack_connection(self) -> Json:
        """Options of the group ``cloudstack``."""
        ready, cloud = self.running.ready, self.estate["cloudstack"]
        return {
            "api_url": f"https://{ready['cloudstack']}:{ready['port']}/client/api",
            "api_key": cloud["api_key"],
            "api_secret": cloud["api_secret"],
            "api_verify_ssl_cert": ready["ca"],
        }

    @property
    def secrets(self) -> list[str]:
        """What no output may ever hold."""
        return [self.estate["pools"][0]["password"], self.estate["cloudstack"]["api_secret"]]
