# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A served estate with a CloudStack, for clients that nobody here wrote."""

from __future__ import annotations

import contextlib
import typing as t
from pathlib import Path

import pytest

from xencloud_lab import background

KEY, SECRET = "a-key", "a-secret-of-nobody"
PASSWORD = "a-password-of-nobody"
ADDRESS = "127.0.4.10"
SOURCE = Path(__file__).parents[1] / "src"
SPEED = 300.0
ESTATE = f"""
cloudstack:
  address: {ADDRESS}
  api_key: {KEY}
  api_secret: {SECRET}
  version: "%s"
  settings: {{integration.api.port: "%d"}}
pools:
  - name: pool-a
    password: {PASSWORD}
    cluster: {{name: cluster-a}}
    hosts:
      - {{name: xen01, address: 127.0.4.11, memory_gib: 64, master: true}}
      - {{name: xen02, address: 127.0.4.12, memory_gib: 64}}
      - {{name: xen03, address: 127.0.4.13, memory_gib: 64}}
    storage: [{{name: nfs1}}]
    vms:
      - {{name: web, count: 2, memory_gib: 2, on: [xen02, xen03], ha: true, affinity: webs}}
      - {{name: batch, on: [xen03]}}
      - {{name: idle, power: halted}}
      - {{name: vr, owner: router, memory_gib: 0.5, on: [xen02]}}
      - {{name: console, owner: console_proxy, memory_gib: 1, on: [xen01]}}
"""


class ServedCloud:
    """A running lab, seen by a client."""

    def __init__(self, lab: background.Running, integration: str) -> None:
        self._lab = lab
        self.integration = integration
        self.ca = str(lab.ready["ca"])
        self.port = int(lab.ready["port"])
        self.endpoint = f"https://{ADDRESS}:{self.port}/client/api"

    def advance(self, seconds: float) -> None:
        """Let this much world time pass at once."""
        self._lab.ask("/advance", {"seconds": seconds})

    @property
    def environment(self) -> dict[str, str]:
        """How clients that read the environment find it."""
        return {
            "CLOUDSTACK_ENDPOINT": self.endpoint,
            "CLOUDSTACK_KEY": KEY,
            "CLOUDSTACK_SECRET": SECRET,
            "CLOUDSTACK_VERIFY": self.ca,
        }


@contextlib.contextmanager
def served_cloud(folder: Path, version: str = "4.22.0.0") -> t.Iterator[ServedCloud]:
    """A lab with this CloudStack, until the end of the block."""
    estate = folder / "estate.yml"
    port = background.free_port()
    estate.write_text(ESTATE % (version, port), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(SOURCE))
        lab = background.start(estate, folder / "state", SPEED)
    try:
        yield ServedCloud(lab, f"http://{ADDRESS}:{port}/client/api")
    finally:
        lab.stop()
