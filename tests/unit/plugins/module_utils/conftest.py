# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scripted hosts for the tests of the client."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._xapi.scripted import (
    ADDRESSES,
    Answer,
    Scripted,
    make_certificate,
)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One certificate for all hosts."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def start_host(certificate: Path) -> t.Iterator[t.Callable[..., Scripted]]:
    """Starts one more host of the same pool, at the same port as the first."""
    running: list[Scripted] = []

    def start(**answers: Answer) -> Scripted:
        port = running[0].server.server_port if running else 0
        running.append(Scripted(ADDRESSES[len(running)], port, certificate, **answers))
        return running[-1]

    yield start
    for scripted in running:
        scripted.stop()


@pytest.fixture
def params(certificate: Path) -> dict[str, t.Any]:
    """Connection options without the address."""
    return {
        "username": "root",
        "password": "s3cret",
        "members": [],
        "validate_certs": True,
        "ca_path": str(certificate),
        "xapi_timeout": 4.0,
    }
