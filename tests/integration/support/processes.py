# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes that end as on a machine that loses power."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

MARK = "XENCLOUD_TEST_CONTROLLER"


def kill_all(root: int, mark: str = "") -> None:
    """A process with all its descendants, and with whatever it has left behind.

    Ansible's workers are in sessions of their own, and what runs in the background is nobody's child any more.

    :param mark: the value of ``MARK`` in the environment of the root, which all that come of it inherit.
    """
    doomed = _family(root, mark)
    # Stopped, none of them can start another meanwhile.
    _send(signal.SIGSTOP, doomed)
    while missed := _family(root, mark) - doomed:
        _send(signal.SIGSTOP, missed)
        doomed |= missed
    _send(signal.SIGKILL, doomed)


def _send(word: signal.Signals, pids: set[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, word)


def _family(root: int, mark: str) -> set[int]:
    return {root} | _descendants(root) | (_marked(f"{MARK}={mark}".encode()) if mark else set())


def _marked(line: bytes) -> set[int]:
    """The processes that were started with this line in their environment; another user's are not readable."""
    found = set()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if line in environment.read_bytes().split(b"\0"):
                found.add(int(environment.parent.name))
    return found


def _descendants(root: int) -> set[int]:
    """The children of a process, their children, and so on."""
    parents = {int(stat.parent.name): _parent(stat) for stat in Path("/proc").glob("[0-9]*/stat")}
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return set(found[1:])


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0
