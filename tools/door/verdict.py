# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rolling patch promises, and whether the lab's book and state say that it was kept."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Json = dict[str, t.Any]


@dataclass(frozen=True)
class Promise:
    """One line of the verdict."""

    text: str
    kept: bool

    def __str__(self) -> str:
        return f"{'kept  ' if self.kept else 'BROKEN'}  {self.text}"


def promises(before: Json, after: Json, book: Json) -> list[Promise]:
    """Every promise of a run on the first pool of the estate; states from before and after it."""
    name = next(iter(after["pools"]))
    old, new = before["pools"][name], after["pools"][name]
    hosts = {host: page for host, page in after["hosts"].items() if page["pool"] == name}
    return [
        _level(hosts),
        _master_first(old["master"], name, book),
        _vms(book),
        _guests(before, after),
        _ha(old, new, len(hosts)),
        _cloudstack(after["cloudstack"]),
        _enabled(new),
    ]


def figures(book: Json) -> list[str]:
    """What the run cost, by the book."""
    vms, totals = book["vms"], book["totals"]
    pool, cluster = next(iter(book["pools"].values())), next(iter(book["clusters"].values()))
    per_vm = totals["migrations"] / len(vms)
    return [
        f"{totals['migrations']} migrations of {len(vms)} VMs, {per_vm:.2f} per VM",
        f"{_minutes(pool['ha_off']):.1f} minutes without HA",
        f"{_minutes(cluster['unmanaged']):.1f} minutes Unmanaged",
    ]


def _level(hosts: Json) -> Promise:
    done = [name for name, host in hosts.items() if not host["missing_updates"] and not host["needs_reboot"]]
    return Promise(f"{len(done)} of {len(hosts)} hosts at the new level", len(done) == len(hosts))


def _master_first(master: str, pool: str, book: Json) -> Promise:
    order = [entry["subject"] for entry in book["log"] if entry["kind"] == "host_booted"]
    windows = next(iter(book["clusters"].values()))["unmanaged"]
    boot = next((entry["at"] for entry in book["log"] if entry["kind"] == "host_booted"), 0.0)
    inside = len(windows) == 1 and windows[0]["start"] < boot < (windows[0]["end"] or 0.0)
    text = f"{', '.join(order)}: the master {master} first, the cluster Unmanaged only while it was away"
    return Promise(text, order[:1] == [master] and inside and book["pools"][pool]["most_masters"] <= 1)


def _vms(book: Json) -> Promise:
    totals = book["totals"]
    text = f"{totals['lost']} VMs lost, {totals['stopped']} stopped, {totals['twice']} run twice"
    return Promise(text, not (totals["lost"] or totals["stopped"] or totals["twice"]) and book["verdict"] == "good")


def _guests(before: Json, after: Json) -> Promise:
    old, new = _running(before), _running(after)
    return Promise(f"{len(new)} of {len(old)} VMs run", old == new)


def _running(state: Json) -> list[str]:
    return sorted(guest for host in state["hosts"].values() for guest in host["domains"])


def _ha(old: Json, new: Json, hosts: int) -> Promise:
    armed = len(new["ha_armed_hosts"])
    same = [new[key] == old[key] for key in ("ha_enabled", "ha_configuration", "ha_heartbeat_sr")]
    timeout = new["ha_configuration"].get("timeout", "XAPI's own")
    text = f"HA on again on {armed} of {hosts} hosts, timeout {timeout}, heartbeat SR {new['ha_heartbeat_sr']}"
    if not old["ha_enabled"]:
        return Promise("HA was off and stayed off", all(same))
    return Promise(text, all(same) and armed == hosts)


def _cloudstack(cloud: Json) -> Promise:
    hosts, cluster = cloud["hosts"].values(), next(iter(cloud["clusters"].values()))
    well = [h for h in hosts if (h["state"], h["resource_state"]) == ("Up", "Enabled")]
    text = f"CloudStack sees {len(well)} of {len(hosts)} hosts Up and Enabled, the cluster {cluster['managed_state']}"
    return Promise(text, len(well) == len(hosts) and cluster["managed_state"] == "Managed")


def _enabled(pool: Json) -> Promise:
    disabled = [name for name, host in pool["hosts"].items() if not (host["enabled"] and host["live"])]
    return Promise(f"{', '.join(disabled) or 'no host'} left disabled", not disabled)


def _minutes(windows: list[Json]) -> float:
    return sum(float(window["end"] - window["start"]) for window in windows if window["end"] is not None) / 60
