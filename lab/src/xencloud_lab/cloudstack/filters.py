# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What lists filter by."""

from __future__ import annotations

import typing as t

from .call import Call
from .registry import Listing


def matches(call: Call, **fields: str | None) -> bool:
    """Whether an object has what the parameters of these names ask for; what is not given asks for nothing."""
    return all(not call.has(name) or call.text(name).lower() == str(value).lower() for name, value in fields.items())


def keyword_fits(call: Call, name: str) -> bool:
    """The filter that is a part of the name."""
    return call.text("keyword").lower() in name.lower()


def matching(call: Call, key: str, rows: t.Iterable[t.Mapping[str, t.Any]], *names: str) -> Listing:
    """The rows whose fields of these names are as asked for, and whose name fits the keyword."""
    wanted = [dict(row) for row in rows if matches(call, **{name: str(row.get(name)) for name in names})]
    return Listing(key, [row for row in wanted if keyword_fits(call, str(row.get("name", row.get("key", ""))))])
