# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run was asked to do, for people.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import json
import typing as t


def in_words(asked: t.Mapping[str, t.Any]) -> str:
    """Each option with its value, without those that were left empty."""
    return ", ".join(f"{name}: {_value(value)}" for name, value in asked.items() if value not in (None, "", [], {}))


def _value(value: t.Any) -> str:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return " ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
