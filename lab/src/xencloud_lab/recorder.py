# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recording a client: each of its API calls, and the world immediately before and after the call took effect.

A world is kept once: what matters to whoever comes next is how things stand, not what time it is. Two moments with
the same ``situation`` are one file.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
from dataclasses import asdict, dataclass
from pathlib import Path

from .situation import situation
from .world import World

Json = dict[str, t.Any]
Save = t.Callable[[Path], t.Any]


@dataclass
class Call:
    """One API call.

    :ivar nth: counts the calls of this method on this host.
    :ivar before: number of a moment, and so is ``after``.
    """

    number: int
    side: str
    method: str
    host: str
    nth: int
    at: float
    before: int
    after: int | None = None


class Recorder:
    """Writes ``moment-N.save`` files into a folder, and ``calls.json`` at the end."""

    def __init__(self, folder: Path, save: Save) -> None:
        self._folder = folder
        self._save = save
        self._moments: dict[str, int] = {}
        self._seen: dict[tuple[str, str, str], int] = {}
        self.calls: list[Call] = []

    def begin(self, world: World, side: str, method: str, host: str) -> Call:
        """A call is about to reach the world."""
        kind = (side, method, host)
        self._seen[kind] = self._seen.get(kind, 0) + 1
        number, nth = len(self.calls) + 1, self._seen[kind]
        self.calls.append(Call(number, side, method, host, nth, world.timeline.now, self._moment(world)))
        return self.calls[-1]

    def end(self, world: World, call: Call) -> None:
        """It took effect, and its caller has not heard of it yet."""
        call.after = self._moment(world)

    def close(self) -> Json:
        """Write down which calls there were."""
        listed = [asdict(call) for call in self.calls]
        (self._folder / "calls.json").write_text(json.dumps(listed, indent=1) + "\n", "utf-8")
        return {"calls": len(listed), "moments": len(self._moments), "folder": str(self._folder)}

    def _moment(self, world: World) -> int:
        text = json.dumps(situation(world), sort_keys=True, default=str)
        mark = hashlib.sha256(text.encode()).hexdigest()
        if mark not in self._moments:
            self._moments[mark] = len(self._moments)
            self._save(self._folder / f"moment-{self._moments[mark]}.save")
        return self._moments[mark]
