# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two doors opened at once must not build the same thing twice."""

from __future__ import annotations

import contextlib
import fcntl
import threading
import typing as t

from door.paths import BUILD

_of_this_process: dict[str, threading.Lock] = {}


@contextlib.contextmanager
def locked(name: str) -> t.Iterator[None]:
    """Hold ``build/NAME.lock`` while the block runs. The kernel frees it when the process dies."""
    BUILD.mkdir(parents=True, exist_ok=True)
    ours = _of_this_process.setdefault(name, threading.Lock())
    with ours, (BUILD / f"{name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another ./run that is preparing {name} ...", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
