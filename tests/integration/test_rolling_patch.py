# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A patch night, judged by the book of truth."""

from __future__ import annotations

import json
import re
import typing as t
from html import unescape
from pathlib import Path

import pytest
from support import promises
from support.lab import Lab
from support.player import Player

POOL = "pool-a"
REBOOT = ("-e", "rolling_patch_mode=reboot")
REPORT = ("-e", "rolling_patch_report_dir=reports")
HOSTS = ["xen01", "xen02", "xen03", "xen04"]


def boot_order(book: dict[str, t.Any]) -> list[str]:
    return [entry["subject"] for entry in book["log"] if entry["kind"] == "host_booted"]


def assert_all_done(lab: Lab, *, ha: bool) -> None:
    """Every host at the new level and in service, no VM touched, the record gone."""
    state, book = lab.state(), lab.book()
    promises.no_vm_suffered(book)
    promises.every_host_in_service(state, POOL)
    assert [h["missing_updates"] for h in state["hosts"].values()] == [[]] * 4
    assert state["pools"][POOL]["ha_enabled"] is ha
    promises.no_record_left(state["pools"][POOL])
    assert promises.boots(book) == dict.fromkeys(HOSTS, 1)


def assert_report_tells_what_the_book_tells(lab: Lab, folder: Path) -> None:
    """Migrations, and the windows without HA and without CloudStack, which a run sees a little longer than they are."""
    (data,), (text,), (page,) = (list(folder.glob(f"*.{kind}")) for kind in ("json", "md", "html"))
    report, book = json.loads(data.read_text()), lab.book()
    assert (report["outcome"], report["operation"], report["left"]) == ("done", "rolling_patch", [])
    assert report["migrations"] == book["totals"]["migrations"]
    truth = {
        "without pool HA": book["pools"][POOL]["ha_off"],
        "without CloudStack": book["clusters"]["cluster-a"]["unmanaged"],
    }
    for what, (window,) in truth.items():
        (told,) = (each for each in report["windows"] if each["what"] == what)
        assert told["seconds"] >= window["end"] - window["start"] - 2
    assert sum(each["what"] == "out of service" for each in report["windows"]) == len(HOSTS)
    assert page.read_text().count('class="bar step"') == len(report["steps"])
    assert page.read_text().count('class="bar ha"') == 1
    assert all(step["text"] in unescape(page.read_text()) for step in report["steps"])
    for secret in lab.secrets:
        assert secret not in data.read_text() + text.read_text() + page.read_text()


def test_a_patch_night_changes_what_it_promises_and_a_second_one_changes_nothing(lab: Lab, player: Player) -> None:
    before = lab.state()["pools"][POOL]

    checked = player.play(lab, "rolling_patch", "--check")
    assert checked.rc == 0, checked.output
    assert checked.changed == 1
    assert "xen01 1/4 planned (master)" in checked.output
    (promised,) = re.findall(r"this plan is ([0-9a-f]{12})", checked.output)
    assert lab.book()["totals"]["migrations"] == 0
    assert lab.state()["pools"][POOL] == before

    played = player.play(lab, "rolling_patch", *REPORT)
    assert played.rc == 0, played.output
    assert_all_done(lab, ha=True)
    assert_report_tells_what_the_book_tells(lab, player.folder / "reports")
    (report,) = (player.folder / "reports").glob("*.json")
    assert json.loads(report.read_text())["plan"].startswith(promised)
    after, book = lab.state()["pools"][POOL], lab.book()
    assert after["ha_armed_hosts"] == HOSTS
    for key in ("ha_configuration", "ha_heartbeat_sr", "master"):
        assert after[key] == before[key]
    assert boot_order(book)[0] == before["master"]
    (window,) = book["clusters"]["cluster-a"]["unmanaged"]
    master_boot = next(e["at"] for e in book["log"] if (e["kind"], e["subject"]) == ("host_booted", before["master"]))
    assert window["start"] < master_boot < window["end"]
    assert "moved" in played.output

    for arguments in ([], ["--check"]):
        again = player.play(lab, "rolling_patch", *arguments)
        assert (again.rc, again.changed) == (0, 0), again.output
    assert promises.boots(lab.book()) == dict.fromkeys(HOSTS, 1)
    assert lab.book()["totals"] == book["totals"]


def test_ha_that_was_off_stays_off(start_lab: t.Callable[..., Lab], player: Player) -> None:
    lab = start_lab("ha_off.yml")
    played = player.play(lab, "rolling_patch")
    assert played.rc == 0, played.output
    assert_all_done(lab, ha=False)


def test_a_reboot_without_updates_needs_no_unmanaged_window(lab: Lab, player: Player) -> None:
    checked = player.play(lab, "rolling_patch", "--check", *REBOOT)
    (heir,) = re.findall(
        r"xen01 4/4 planned \(master\).* before that (\S+) becomes master and stays it", checked.output
    )
    played = player.play(lab, "rolling_patch", *REBOOT)
    assert played.rc == 0, played.output
    assert lab.state()["pools"][POOL]["master"] == heir
    book = lab.book()
    promises.no_vm_suffered(book)
    promises.every_host_in_service(lab.state(), POOL)
    assert promises.boots(book) == dict.fromkeys(HOSTS, 1)
    assert boot_order(book)[-1] == "xen01"
    assert book["clusters"]["cluster-a"]["unmanaged"] == []
    assert lab.state()["pools"][POOL]["ha_enabled"]


@pytest.mark.parametrize("member", ["xen01", "xen04"])
def test_any_member_may_be_given_as_the_host(lab: Lab, player: Player, member: str) -> None:
    played = player.play(lab, "rolling_patch", xapi=lab.xapi_connection(member))
    assert played.rc == 0, played.output
    assert_all_done(lab, ha=True)


def test_a_member_that_never_comes_back_ends_the_run_red_and_names_it(lab: Lab, player: Player) -> None:
    lab.fault("host_never_boots", host="xen03")
    played = player.play(lab, "rolling_patch", "-e", "rolling_patch_reboot_timeout=20", *REPORT)
    assert played.rc != 0
    last = played.errors[-1]
    assert "xen03" in last
    assert "HA of pool-a is still off" in last
    (text,) = (player.folder / "reports").glob("*.md")
    assert text.read_text().startswith("# rolling_patch of pool-a: failed")
    assert text.read_text().count("HA of pool-a is still off") == 1
    state, book = lab.state(), lab.book()
    promises.no_vm_suffered(book)
    done = [*boot_order(book), "xen03"]
    untouched = set(HOSTS) - set(done)
    assert all(state["hosts"][name]["missing_updates"] for name in untouched)
    assert state["cloudstack"]["clusters"]["cluster-a"]["managed_state"] == "Managed"
    for name in set(HOSTS) - {"xen03"}:
        assert state["pools"][POOL]["hosts"][name] == {"enabled": True, "live": True}
        assert promises.cloud_hosts(state)[name]["resource_state"] == "Enabled"


def test_when_the_host_is_back_the_same_playbook_restores_and_goes_on(lab: Lab, player: Player) -> None:
    lab.fault("host_never_boots", host="xen03")
    assert player.play(lab, "rolling_patch", "-e", "rolling_patch_reboot_timeout=20").rc != 0
    lab.fault("power_on", host="xen03")
    lab.wait_until(lambda state: state["pools"][POOL]["hosts"]["xen03"]["live"], "xen03 is live")
    played = player.play(lab, "rolling_patch")
    assert played.rc == 0, played.output
    assert_all_done(lab, ha=True)
    assert lab.state()["pools"][POOL]["ha_armed_hosts"] == HOSTS


def failing_after_a_host(player: Player) -> tuple[str, str]:
    """Options that end a run red when its first host is done."""
    hook = player.folder / "fail.yml"
    hook.write_text('[{"ansible.builtin.fail": {"msg": "the hook says no."}}]')
    return ("-e", f"rolling_patch_post_maintenance_tasks={hook}")


def test_in_a_half_patched_pool_every_way_out_is_the_patch_run(lab: Lab, player: Player) -> None:
    red = player.play(lab, "rolling_patch", *failing_after_a_host(player))
    assert "HA of pool-a is still off" in red.errors[-1]
    assert promises.mixed(lab.book(), POOL)

    back = player.play(lab, "resume", "-e", "resume_action=take_back")
    assert back.rc != 0
    assert "Finish the patch run (playbook resume, or rolling_patch), which puts HA back at its end." in back.errors[-1]
    audit = player.play(lab, "pool_audit").output
    assert "an earlier run left pool HA off" in audit
    assert "resume_action=take_back" not in audit
    refused = player.play(lab, "remove_host", "-e", "remove_host_hosts=xen04", xapi=lab.xapi_connection("xen02"))
    assert "its hosts run different versions, so pool HA" in refused.errors[0]
    assert sorted(lab.state()["pools"][POOL]["hosts"]) == HOSTS

    played = player.play(lab, "resume")
    assert played.rc == 0, played.output
    assert_all_done(lab, ha=True)


def restarted_once(lab: Lab) -> None:
    """Every host, no more and no less, and all is as before."""
    assert promises.boots(lab.book()) == dict.fromkeys(HOSTS, 1)
    promises.no_vm_suffered(lab.book())
    promises.every_host_in_service(lab.state(), POOL)
    promises.no_record_left(lab.state()["pools"][POOL])
    promises.ha_is(lab.state(), POOL, enabled=True)


def test_restarting_again_after_a_red_end_leaves_hosts_alone_that_are_done(lab: Lab, player: Player) -> None:
    lab.fault("host_never_boots", host="xen03")
    assert player.play(lab, "rolling_patch", *REBOOT, "-e", "rolling_patch_reboot_timeout=20").rc != 0
    lab.fault("power_on", host="xen03")
    lab.wait_until(lambda state: state["pools"][POOL]["hosts"]["xen03"]["live"], "xen03 is live")
    played = player.play(lab, "rolling_patch", *REBOOT)
    assert played.rc == 0, played.output
    restarted_once(lab)


def test_restarting_again_after_a_kill_leaves_hosts_alone_that_are_done(lab: Lab, player: Player) -> None:
    run = player.begin(lab, "rolling_patch", *REBOOT)
    lab.wait_until(lambda _state: len(boot_order(lab.book())) == 2, "two hosts have restarted")
    run.kill()
    played = player.play(lab, "rolling_patch", *REBOOT, "-e", "rolling_patch_takeover=true")
    assert played.rc == 0, played.output
    restarted_once(lab)


def test_a_red_end_that_leaves_no_record_says_from_when_hosts_are_done(lab: Lab, player: Player) -> None:
    red = player.play(lab, "rolling_patch", *REBOOT, *failing_after_a_host(player))
    promises.no_record_left(lab.state()["pools"][POOL])
    (since,) = re.findall(r"run this again with (rolling_patch_since=\d+)\.", red.errors[-1])
    played = player.play(lab, "rolling_patch", *REBOOT, "-e", since)
    assert played.rc == 0, played.output
    restarted_once(lab)


def test_a_master_that_never_comes_back_leaves_the_cluster_managed(lab: Lab, player: Player) -> None:
    lab.fault("host_never_boots", host="xen01")
    played = player.play(lab, "rolling_patch", "-e", "rolling_patch_reboot_timeout=20")
    assert played.rc != 0
    assert "xen01" in played.errors[-1]
    assert "HA of pool-a is still off" in played.errors[-1]
    state, book = lab.state(), lab.book()
    promises.no_vm_suffered(book)
    assert boot_order(book) == []
    assert state["cloudstack"]["clusters"]["cluster-a"]["managed_state"] == "Managed"
