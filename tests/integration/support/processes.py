# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes that end as on a machine that loses power."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path


def kill_all(root: int) -> None:
    """A process with all its descendants: Ansible's workers are in sessions of their own."""
    # Stopped first, none of them can start another meanwhile.
    for word in (signal.SIGSTOP, signal.SIGKILL):
        for pid in [root, *_descendants(root)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, word)


def _descendants(root: int) -> list[int]:
    """The children of a process, their children, and so on."""
    parents = {int(stat.parent.name): _parent(stat) for stat in Path("/proc").glob("[0-9]*/stat")}
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found[1:]


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0
