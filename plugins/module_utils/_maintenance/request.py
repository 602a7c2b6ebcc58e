# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run was asked to do, for people.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import json
import typing as t


def in_words(asked: t.Mapping[str, t.Any], names: t.Mapping[str, str] | None = None) -> str:
    """Each option with its value, without those that were left empty.

    :param names: what people call the objects of which only an address or an id was written down.
    """
    given = {option: value for option, value in asked.items() if value not in (None, "", [], {})}
    return ", ".join(f"{option}: {_value(value, names or {})}" for option, value in given.items())


def _value(value: t.Any, names: t.Mapping[str, str]) -> str:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return " ".join(names.get(each, each) for each in value)
    return names.get(value, value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
