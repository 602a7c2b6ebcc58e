# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab as the npm client ``xen-api`` (Xen Orchestra's) sees it, through a master change."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from pathlib import Path

import pytest
from judges import fetch
from served_pool import HOSTS, PASSWORD, served_pool

LIMIT_S = 150
SCRIPT = Path(__file__).parent / "judges" / "watch_pool.mjs"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, t.Any]:
    """What the client saw: it logs in on a member, and xen02 becomes master meanwhile."""
    node, packages = fetch.node_modules()
    with served_pool(tmp_path_factory.mktemp("pool")) as pool:
        command = [node, "--input-type=module", "-", pool.url("xen03"), "root", PASSWORD, "xen02"]
        environment = {**os.environ, "NODE_EXTRA_CA_CERTS": pool.ca}
        done = subprocess.run(
            command,
            cwd=packages,
            env=environment,
            input=SCRIPT.read_text("utf-8"),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {line["what"]: line["value"] for line in lines}


def test_a_member_sends_it_to_the_master(seen: dict[str, t.Any]) -> None:
    assert seen["connected"] == {"address": HOSTS["xen01"], "hosts": ["xen01", "xen02", "xen03"]}


def test_it_has_all_objects(seen: dict[str, t.Any]) -> None:
    assert seen["guests"] == ["golden", "web-1", "web-2", "web-3"]


def test_its_event_loop_shows_changes(seen: dict[str, t.Any]) -> None:
    assert seen["event"] == ["watched"]


def test_its_barriers_through_other_config_work(seen: dict[str, t.Any]) -> None:
    assert seen["barrier"] == "was here"


def test_it_sees_the_end_of_a_task(seen: dict[str, t.Any]) -> None:
    assert seen["task"]["state"] == "Running"


def test_it_finds_the_new_master_and_goes_on_watching(seen: dict[str, t.Any]) -> None:
    assert seen["new master"] == HOSTS["xen02"]
    assert seen["event after"] == ["after"]
