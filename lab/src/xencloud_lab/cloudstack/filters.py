# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What lists filter by."""

from __future__ import annotations

from .call import Call


def matches(call: Call, **fields: str | None) -> bool:
    """Whether an object has what the parameters of these names ask for; what is not given asks for nothing."""
    return all(not call.has(name) or call.text(name).lower() == str(value).lower() for name, value in fields.items())


def keyword_fits(call: Call, name: str) -> bool:
    """The filter that is a part of the name."""
    return call.text("keyword").lower() in name.lower()
