# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The book of truth."""

from __future__ import annotations

import json

from running_world import Lab

from xencloud_lab.book import Book
from xencloud_lab.timeline import Timeline


def test_a_vm_that_runs_twice_is_counted_with_its_interval() -> None:
    timeline = Timeline(100.0)
    book = Book(timeline)
    book.domain_started("u", "web", "a")
    timeline.run_until(110.0)
    book.domain_started("u", "web", "b")
    timeline.run_until(130.0)
    book.domain_stopped("u", "a", "fenced")
    twice = book.vms["u"].twice
    assert [(i.start, i.end) for i in twice] == [(110.0, 130.0)]
    assert book.totals()["twice"] == 1


def test_stopped_and_lost_are_different_things() -> None:
    book = Book(Timeline(0.0))
    book.domain_started("u", "web", "a")
    book.domain_stopped("u", "a", "VM.clean_shutdown")
    book.domain_started("u", "web", "a")
    book.domain_lost("u", "a", "power cut")
    assert (book.vms["u"].stopped, book.vms["u"].lost, book.vms["u"].started) == (1, 1, 2)


def test_intervals_of_ha_and_of_unmanaged_clusters_open_and_close() -> None:
    timeline = Timeline(0.0)
    book = Book(timeline)
    book.ha_changed("pool", True)
    book.managed_changed("cluster", True)
    timeline.run_until(5.0)
    book.ha_changed("pool", False)
    book.managed_changed("cluster", False)
    timeline.run_until(9.0)
    book.ha_changed("pool", True)
    assert [(i.start, i.end) for i in book.pools["pool"].ha_off] == [(5.0, 9.0)]
    assert [(i.start, i.end) for i in book.clusters["cluster"].unmanaged] == [(5.0, None)]


def test_the_whole_book_is_json(lab: Lab) -> None:
    lab.ask("VM.pool_migrate", lab.vm("web1"), lab.host("xen3"), {})
    book = json.loads(json.dumps(lab.world.book.as_dict()))
    assert book["totals"]["migrations"] == 1
    assert set(book) == {"vms", "hosts", "pools", "clusters", "totals", "log"}
