# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The figures: what was alike, what was not, what is known, what was skipped."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from .known import Known
from .replay import Result, Verdict


@dataclass(slots=True)
class Figures:
    """Answers of an area."""

    files: int = 0
    answers: int = 0
    alike: int = 0
    known: int = 0
    skipped: int = 0


@dataclass(slots=True)
class Report:
    """All recordings of a folder."""

    results: list[Result]
    known: list[Known]
    areas: dict[str, Figures] = field(default_factory=dict)
    open: list[tuple[Result, Verdict]] = field(default_factory=list)
    excused: list[tuple[Result, Verdict, Known]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for result in self.results:
            self._count(result)

    def _count(self, result: Result) -> None:
        figures = self.areas.setdefault(result.area, Figures())
        figures.files += 1
        figures.skipped += len(result.skipped)
        for verdict in result.verdicts:
            figures.answers += 1
            if verdict.wrong is None:
                figures.alike += 1
            else:
                self._differs(figures, result, verdict)

    def _differs(self, figures: Figures, result: Result, verdict: Verdict) -> None:
        reason = next((entry for entry in self.known if entry.covers(result.name, verdict)), None)
        if reason is None:
            self.open.append((result, verdict))
            return
        reason.used += 1
        figures.known += 1
        self.excused.append((result, verdict, reason))

    @property
    def unused(self) -> list[Known]:
        """Entries of the list that fit nothing any more."""
        names = {result.name for result in self.results}
        return [e for e in self.known if not e.used and any(fnmatchcase(name, e.file) for name in names)]

    @property
    def good(self) -> bool:
        return not self.open and not self.unused

    def lines(self) -> t.Iterator[str]:
        """The report as text."""
        yield from self._differences()
        for result in self.results:
            for verdict in result.skipped:
                yield f"skipped: {result.name} step {verdict.step} {verdict.what}: {verdict.wrong}"
        for entry in self.unused:
            yield f"known difference without an answer that differs: {entry.file} {entry.what} ({entry.reason})"
        yield from self._figures()

    def _differences(self) -> t.Iterator[str]:
        for result, verdict in sorted(self.open, key=lambda pair: (pair[0].area, pair[0].name)):
            yield f"[{result.area}] {result.name} step {verdict.step} {verdict.what}: {verdict.wrong}"
        for result, verdict, reason in self.excused:
            yield f"known: {result.name} step {verdict.step} {verdict.what}: {reason.reason}"

    def _figures(self) -> t.Iterator[str]:
        for area, f in sorted(self.areas.items()):
            rest = f"{f.known} known, {f.answers - f.alike - f.known} open, {f.skipped} skipped"
            yield f"conformance {area}: {f.alike} of {f.answers} alike in {f.files} files; {rest}"
        every = self.areas.values()
        alike, answers = sum(f.alike for f in every), sum(f.answers for f in every)
        yield f"{alike} of {answers} answers alike in {len(self.results)} files"
