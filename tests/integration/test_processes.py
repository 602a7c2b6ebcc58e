# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A controller that is killed in a test is dead to the last worker: one that lived on would finish its task."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
import yaml
from support.player import Player

LIMIT_S = 60.0
# Beats until it is killed, from a session of its own.
WORKER = """
import os, pathlib, sys, time
os.setsid()
beat = pathlib.Path(sys.argv[1])
end = time.monotonic() + 600
while time.monotonic() < end:
    beat.write_text(f"{os.getpid()} {time.monotonic()}")
    time.sleep(0.02)
"""


def wait_for(beat: Path) -> int:
    """The worker's process id, once it beats."""
    end = time.monotonic() + LIMIT_S
    # It writes the file again and again, so what is read may be nothing at any moment.
    while not (words := beat.read_text().split() if beat.exists() else []):
        assert time.monotonic() < end, "the worker never began"
        time.sleep(0.02)
    return int(words[0])


def lives(pid: int) -> bool:
    """Whether a process runs; one that only its parent has not buried yet does not."""
    stat = Path("/proc", str(pid), "stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("seconds", [0, 600], ids=["a worker's child", "in the background, nobody's child"])
def test_a_killed_controller_leaves_no_process_in_whatever_session(player: Player, seconds: int) -> None:
    script, beat, book = (player.folder / name for name in ("worker.py", "beat", "book.yml"))
    script.write_text(WORKER)
    # Ansible cannot put into the background what is started from a path with a space.
    python = str(Path(sys.executable).resolve())
    task = {"ansible.builtin.command": {"argv": [python, str(script), str(beat)]}, "async": seconds, "poll": 0}
    tasks = [task, {"ansible.builtin.wait_for": {"timeout": 600}}]
    local = {"hosts": "localhost", "connection": "local", "gather_facts": False}
    play = {**local, "vars": {"ansible_python_interpreter": python}, "tasks": tasks}
    book.write_text(yaml.safe_dump([play], sort_keys=False))
    run = player.launch(str(book))
    pid = wait_for(beat)
    assert os.getsid(pid) == pid
    run.kill()
    end = time.monotonic() + LIMIT_S
    while lives(pid):
        assert time.monotonic() < end, "the worker lives on"
        time.sleep(0.02)
