# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a run as one HTML page with a timeline: no script, no other file, light or dark as the reader has it.

A run notes a step when it is done and does one after the other, so the bar of a step begins where the one before ended.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import datetime

from .kinds import CLUSTER_MANAGED, POOL_HA, words
from .markup import Markup, element
from .record import duration
from .report import Data, troubles
from .report_style import STYLE
from .request import in_words

# Nothing is fetched and nothing is run, whatever a name may smuggle in.
_HEAD = Markup(
    '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
)
_BANDS = {words(POOL_HA).window: "ha", words(CLUSTER_MANAGED).window: "cloudstack"}


@dataclass(frozen=True, slots=True)
class _Axis:
    """Where on the timeline a moment is; moments are seconds since 1970."""

    begin: float
    end: float

    def style(self, since: float, until: float) -> str:
        """Place and length of a bar."""
        left = self.percent(since)
        return f"--at:{left:.2f}%;--for:{self.percent(until) - left:.2f}%"

    def percent(self, moment: float) -> float:
        inside = min(max(moment, self.begin), self.end)
        return 100 * (inside - self.begin) / max(self.end - self.begin, 1)


def page(report: Data) -> str:
    """The page."""
    title = f"{report['operation']} of {report['pool']}: {report['outcome']}"
    head = element("head", _HEAD, element("title", title), element("style", STYLE))
    top = element("h1", title, class_=report["outcome"])
    body = element("body", top, _facts(report), _trouble(report), _timeline(report))
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _facts(report: Data) -> Markup:
    facts = {
        "run": report["id"],
        "by": report["owner"],
        "asked": in_words(report["asked"]),
        "plan": report["plan"],
        "from": report["started"],
        "to": f"{report['ended']} ({duration(report['seconds'])})",
        "live migrations": str(report["migrations"]),
    }
    rows = [element("div", element("dt", name), element("dd", value)) for name, value in facts.items() if value]
    return element("dl", *rows)


def _trouble(report: Data) -> Markup:
    lines = troubles(report)
    return element("section", element("h2", "Left to do"), element("ul", *_items(lines))) if lines else Markup("")


def _items(lines: t.Iterable[str]) -> list[Markup]:
    return [element("li", line) for line in lines]


def _timeline(report: Data) -> Markup:
    axis = _Axis(_moment(report["started"]), _moment(report["ended"]))
    titles = [element("th", title, scope="col") for title in ("when", "after", "what")]
    scale = element("th", element("span", "0 s"), element("span", duration(report["seconds"])), class_="lane")
    table = element(
        "table",
        element("thead", element("tr", *titles, scale)),
        element("tbody", *_windows(report, axis)),
        element("tbody", *_steps(report, axis), style=_bands(report, axis)),
    )
    legend = element("p", *(element("span", what, class_=f"key {name}") for what, name in _BANDS.items()))
    return element("section", element("h2", "Timeline"), legend, table)


def _windows(report: Data, axis: _Axis) -> t.Iterator[Markup]:
    for each in sorted(report["windows"], key=lambda window: str(window["from"])):
        since, until = _moment(each["from"]), _until(each, axis)
        what = f"{each['object']}: {'' if each['to'] else 'still '}{each['what']}, {duration(int(until - since))}"
        after = duration(int(since - axis.begin))
        yield _row(each["from"], after, what, _bar(axis, since, until, _BANDS.get(each["what"], "window")))


def _steps(report: Data, axis: _Axis) -> t.Iterator[Markup]:
    before = axis.begin
    for step in report["steps"]:
        done = _moment(step["at"])
        yield _row(step["at"], duration(step["after_s"]), step["text"], _bar(axis, before, done, "step"))
        before = done


def _row(at: str, after: str, what: str, lane: Markup) -> Markup:
    clock = element("time", at[11:19], datetime=at)
    return element(
        "tr", element("td", clock), element("td", after), element("td", what), element("td", lane, class_="lane")
    )


def _bar(axis: _Axis, since: float, until: float, kind: str) -> Markup:
    return element("div", class_=f"bar {kind}", style=axis.style(since, until))


def _bands(report: Data, axis: _Axis) -> str:
    """Behind all the steps: while pool HA was off, and while CloudStack looked away."""
    bands = [
        f"linear-gradient(90deg,#0000 {left:.2f}%,var(--{name}-band) 0 {right:.2f}%,#0000 0)"
        for each in report["windows"]
        if (name := _BANDS.get(each["what"]))
        for left, right in [(axis.percent(_moment(each["from"])), axis.percent(_until(each, axis)))]
    ]
    return f"--bands:{','.join(bands) or 'none'}"


def _until(window: Data, axis: _Axis) -> float:
    """One that is still open lasts to the end of what the report knows."""
    return _moment(window["to"]) if window["to"] else axis.end


def _moment(iso: str) -> float:
    return datetime.fromisoformat(iso).timestamp()
