# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lab costs: start, memory, answers, saves. Each figure with its limit, where it has one.

Run it with ``./run bench``; the exit code is 1 when a limit is exceeded.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import re
import ssl
import sys
import tempfile
import time
import typing as t
import xmlrpc.client
from dataclasses import dataclass
from pathlib import Path

from xencloud_lab import background
from xencloud_lab.build import build
from xencloud_lab.estate_file import load
from xencloud_lab.freezer import freeze, thaw

HERE = Path(__file__).resolve().parent
LARGE = HERE / "large.yml"
DEMO = HERE.parent / "lab" / "estates" / "demo.yml"
CALLS = 500
REPEATS = 5


@dataclass(frozen=True)
class Figure:
    """One measurement."""

    what: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def good(self) -> bool:
        return self.limit is None or self.value <= self.limit

    def __str__(self) -> str:
        limit = "" if self.limit is None else f"  (at most {self.limit:g}: {'ok' if self.good else 'TOO MUCH'})"
        return f"{self.what:62} {self.value:10.3f} {self.unit}{limit}"


class Client:
    """One connection to one host, with a session."""

    def __init__(self, lab: background.Running, host: str) -> None:
        ready = lab.ready
        tls = ssl.create_default_context(cafile=ready["ca"])
        self._http = http.client.HTTPSConnection(ready["hosts"][host], ready["port"], context=tls, timeout=60)
        found = re.search(rb"OpaqueRef:[-0-9a-f]+", self._post("session.login_with_password", "root", "lab-password"))
        assert found is not None, "the login was refused"
        self._session = found[0].decode()

    def ask(self, method: str) -> bytes:
        """The body of an answer, as it comes over the wire."""
        return self._post(method, self._session)

    def _post(self, method: str, *params: str) -> bytes:
        self._http.request("POST", "/", xmlrpc.client.dumps(params, method).encode())
        return self._http.getresponse().read()


def seconds(work: t.Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def served(estate: Path, folder: Path) -> t.Iterator[Figure]:
    """The large estate, in a process of its own."""
    begun = time.perf_counter()
    lab = background.start(estate, folder / "state", speed=1)
    try:
        yield Figure("start of 16 pools x 64 hosts x 64 VMs", time.perf_counter() - begun, "s", 20)
        yield Figure("memory after the start", _memory_gib(lab), "GiB", 1.5)
        yield from _answers(lab)
        yield from _saves(lab, folder / "large.save")
        yield Figure("memory at the end, most", _memory_gib(lab, "VmHWM"), "GiB")
    finally:
        lab.stop()


def _answers(lab: background.Running) -> t.Iterator[Figure]:
    client = Client(lab, "pool-1-xen-1")
    taken = [seconds(lambda: client.ask("VM.get_all_records")) for _ in range(1 + REPEATS)]
    yield Figure("VM.get_all_records of 4,096 VMs over HTTPS, first time", taken[0], "s", 0.5)
    yield Figure(f"and again, median of {REPEATS}", sorted(taken[1:])[REPEATS // 2], "s", 0.5)
    spent = seconds(lambda: [client.ask("host.get_all") for _ in range(CALLS)])
    yield Figure("host.get_all on one connection", CALLS / spent, "calls/s")
    minute = seconds(lambda: lab.ask("/advance", {"seconds": 60}))
    yield Figure("one minute of the idle world, CloudStack's pings included", minute, "s")


def _saves(lab: background.Running, file: Path) -> t.Iterator[Figure]:
    yield Figure("save to a file", seconds(lambda: lab.ask("/save", {"file": str(file)})), "s")
    yield Figure("size of the save", file.stat().st_size / 2**20, "MiB")
    yield Figure("load from it", seconds(lambda: lab.ask("/load", {"file": str(file)})), "s")


def _memory_gib(lab: background.Running, key: str = "VmRSS") -> float:
    status = Path(f"/proc/{lab.ready['pid']}/status").read_text()
    return int(status.split(f"{key}:")[1].split()[0]) / 2**20


def swept() -> t.Iterator[Figure]:
    """What a crash-point sweep pays for each call: the demo's world as bytes and back."""
    world = build(load(DEMO))
    data = freeze(world)
    yield Figure("demo estate to bytes", min(seconds(lambda: freeze(world)) for _ in range(REPEATS)) * 1000, "ms")
    yield Figure("demo estate from bytes", min(seconds(lambda: thaw(data)) for _ in range(REPEATS)) * 1000, "ms")


def main(argv: list[str]) -> int:
    """Measure and print; 1 when a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="./run bench", description="Measure what the lab costs.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file as well")
    options = parser.parse_args(argv)
    figures = []
    with tempfile.TemporaryDirectory(prefix="xencloud-bench-") as folder:
        for figure in itertools.chain(swept(), served(LARGE, Path(folder))):
            print(figure, flush=True)
            figures.append(figure)
    if options.json is not None:
        rows = [vars(figure) | {"good": figure.good} for figure in figures]
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 0 if all(figure.good for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
