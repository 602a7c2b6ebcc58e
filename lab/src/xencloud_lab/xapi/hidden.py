# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages that the published datamodel hides and the daemon has (``wire_list_methods``, ``xapi.md`` 1.10).

The table is made by ``lab/tools/import_hidden.py``. Most of them nobody has written: they are known
by name and arity, and answer that they are not modelled.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

from .model import Message, Param

_WITHOUT_SESSION = frozenset({"session.slave_login", "session.slave_local_login"})
_RESULTS = {
    "host.is_in_emergency_mode": "bool",
    "host.ha_xapi_healthcheck": "bool",
    "pool.is_slave": "bool",
    "pool_update.attach": "string",
}


@cache
def table() -> dict[tuple[str, str], Message]:
    """Hidden messages by class and name."""
    source = json.loads(resources.files(__package__).joinpath("hidden.json").read_text("utf-8"))
    found: dict[tuple[str, str], Message] = {}
    for full_name, params in source.items():
        cls, _dot, name = full_name.partition(".")
        known = tuple(Param(p[0], p[1], False) for p in params or ())
        session = full_name not in _WITHOUT_SESSION
        found[cls, name] = Message(name, _RESULTS.get(full_name, "void"), known, session, None, None, False)
    return found


@cache
def classes() -> tuple[str, ...]:
    """Classes with hidden messages, in the table's order."""
    return tuple(dict.fromkeys(cls for cls, _name in table()))
