# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A served pool of three hosts, for clients that nobody here wrote."""

from __future__ import annotations

import contextlib
import ssl
import typing as t
import xmlrpc.client
from pathlib import Path

import pytest
import XenAPI

from xencloud_lab import background

PASSWORD = "a-password-of-nobody"
HOSTS = {"xen01": "127.0.5.11", "xen02": "127.0.5.12", "xen03": "127.0.5.13"}
MASTER = HOSTS["xen01"]
SOURCE = Path(__file__).parents[1] / "src"
SPEED = 200.0
ESTATE = f"""
pools:
  - name: pool-a
    password: {PASSWORD}
    hosts:
      - {{name: xen01, address: {HOSTS["xen01"]}, memory_gib: 32, master: true}}
      - {{name: xen02, address: {HOSTS["xen02"]}, memory_gib: 32}}
      - {{name: xen03, address: {HOSTS["xen03"]}, memory_gib: 32}}
    storage: [{{name: nfs1}}, {{name: iso1, type: iso}}]
    vms:
      - {{name: web, count: 3, memory_gib: 2, on: [xen02, xen03]}}
      - {{name: golden, memory_gib: 1, power: halted}}
"""


class ServedPool:
    """A running lab, seen by a client of XAPI."""

    def __init__(self, lab: background.Running) -> None:
        self.lab = lab
        self.ca = str(lab.ready["ca"])
        self.port = int(lab.ready["port"])

    def url(self, host: str = "xen01") -> str:
        """Where this host answers."""
        return f"https://{HOSTS[host]}:{self.port}"

    def root(self, host: str = "xen01") -> t.Any:
        """A session of PyPI XenAPI, to look and to prepare."""
        transport = xmlrpc.client.SafeTransport(context=ssl.create_default_context(cafile=self.ca))
        session = XenAPI.Session(self.url(host), transport=transport)
        session.xenapi.login_with_password("root", PASSWORD, "1.0", "tests")
        return session


@contextlib.contextmanager
def served_pool(folder: Path) -> t.Iterator[ServedPool]:
    """A lab with this pool, until the end of the block."""
    estate = folder / "estate.yml"
    estate.write_text(ESTATE, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(SOURCE))
        lab = background.start(estate, folder / "state", SPEED)
    try:
        yield ServedPool(lab)
    finally:
        lab.stop()
