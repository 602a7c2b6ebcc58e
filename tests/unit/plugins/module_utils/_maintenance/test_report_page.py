# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page is whole, asks for nothing from outside, and runs nothing that a name brings along."""

from __future__ import annotations

import re
import typing as t
from html.parser import HTMLParser

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.report_page import page

EVIL = "</title></style><script src=//x>\"'&<img onerror=alert(1)>"
VOID = {"meta"}


def report(**changes: t.Any) -> dict[str, t.Any]:
    """Ten minutes, 22:00 to 22:10: without HA from 22:01 to 22:09, and the cluster Unmanaged to the end."""
    return {
        "id": "1795000000-3f9c2a",
        "pool": "pool-a",
        "operation": "rolling_patch",
        "owner": "ops@controller",
        "asked": {"hosts": ["xen02"], "since": 0},
        "plan": "",
        "outcome": "failed",
        "error": "xen02: it did not come back. Look at its console.",
        "left": ["cluster cluster-a is still Unmanaged: no answer"],
        "started": "2026-11-20T22:00:00Z",
        "ended": "2026-11-20T22:10:00Z",
        "seconds": 600,
        "steps": [
            {"at": "2026-11-20T22:01:00Z", "after_s": 60, "text": "pool-a HA is off"},
            {"at": "2026-11-20T22:04:00Z", "after_s": 240, "text": "12 VMs moved off xen02"},
        ],
        "windows": [
            window("without pool HA", "pool-a", "2026-11-20T22:01:00Z", "2026-11-20T22:09:00Z"),
            window("without CloudStack", "cluster-a", "2026-11-20T22:05:00Z", None),
        ],
        "migrations": 12,
        **changes,
    }


def window(what: str, thing: str, since: str, until: str | None) -> dict[str, t.Any]:
    return {"what": what, "object": thing, "from": since, "to": until, "seconds": None}


class Reader(HTMLParser):
    """Elements that were opened and closed in order, their attributes, and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    def styles(self, kind: str) -> list[str | None]:
        return [given["style"] for tag, given in self.seen if tag == "div" and given.get("class") == f"bar {kind}"]


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def test_who_what_when_and_what_is_left_stand_before_the_timeline() -> None:
    text = "|".join(read(page(report())).words)
    said = ["rolling_patch of pool-a: failed", "ops@controller", "hosts: xen02", "10 min", "12"]
    said += ["xen02: it did not come back", "cluster-a is still Unmanaged", "Timeline", "12 VMs moved off xen02"]
    places = [text.index(each) for each in said]
    assert places == sorted(places)


def test_each_step_has_a_bar_from_the_end_of_the_one_before() -> None:
    assert read(page(report())).styles("step") == ["--at:0.00%;--for:10.00%", "--at:10.00%;--for:30.00%"]


def test_windows_are_bars_and_bands_and_one_that_is_open_lasts_to_the_end() -> None:
    reader = read(page(report()))
    assert reader.styles("ha") == ["--at:10.00%;--for:80.00%"]
    assert reader.styles("cloudstack") == ["--at:50.00%;--for:50.00%"]
    assert "pool-a: without pool HA, 8 min" in reader.words
    assert "cluster-a: still without CloudStack, 5 min" in reader.words
    (bands,) = [given["style"] for tag, given in reader.seen if tag == "tbody" and "style" in given]
    assert bands is not None
    assert "var(--ha-band) 0 90.00%" in bands
    assert "var(--cloudstack-band) 0 100.00%" in bands


def test_a_run_of_no_time_at_all_is_a_page_as_well() -> None:
    reader = read(page(report(ended="2026-11-20T22:00:00Z", seconds=0, steps=[], windows=[], error="", left=[])))
    assert "Left to do" not in reader.words
    assert reader.styles("step") == []


def test_no_name_becomes_markup() -> None:
    step = {"at": "2026-11-20T22:01:00Z", "after_s": 60, "text": EVIL}
    changes = dict.fromkeys(("id", "pool", "operation", "owner", "error", "plan"), EVIL)
    windows = [window("without pool HA", EVIL, "2026-11-20T22:01:00Z", None)]
    reader = read(page(report(**changes, asked={EVIL: EVIL}, left=[EVIL], steps=[step], windows=windows)))
    tags = {tag for tag, _given in reader.seen}
    assert not tags & {"script", "img"}
    assert sum(EVIL in word for word in reader.words) >= len(changes) + 3
    assert not [name for _tag, given in reader.seen for name in given if name.startswith("on")]


def test_the_page_needs_nothing_else_and_may_fetch_nothing() -> None:
    text = page(report())
    reader = read(text)
    assert not [name for _tag, given in reader.seen for name in given if name in ("src", "href")]
    assert not re.search(r"url\(|@import|https?:", text)
    policies = [given["content"] for tag, given in reader.seen if tag == "meta" and "http-equiv" in given]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert "prefers-color-scheme: dark" in text
