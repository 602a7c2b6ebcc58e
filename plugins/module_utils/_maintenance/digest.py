# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The digest of a plan: whoever saw the plan before the run can tell whether it is the one that was carried out.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import hashlib
import json
import typing as t

# What is decided. What was only looked at, such as the clock or the memory of a VM, differs from look to look.
_PLAN = ("pool", "cluster", "mode")
_HOST = ("uuid", "address", "unmanaged_window", "updates", "reboot_required")
_MOVE = ("vm", "source", "target", "captain")
_SHORT = 12

Json = t.Mapping[str, t.Any]


def digest_of(plan: Json) -> str:
    """SHA-256 over what the plan decides, in canonical JSON."""
    hosts = [{**_only(host, _HOST), "moves": [_only(move, _MOVE) for move in host["moves"]]} for host in plan["hosts"]]
    decided = {**_only(plan, _PLAN), "hosts": hosts}
    text = json.dumps(decided, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def short(digest: str) -> str:
    """Enough of it for people to compare."""
    return digest[:_SHORT]


def _only(record: Json, names: t.Iterable[str]) -> dict[str, t.Any]:
    return {name: record[name] for name in names}
