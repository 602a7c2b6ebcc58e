# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets one key of the pool's ``other_config``, and no other (xapi.md 8).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .._maintenance.estate import Pool
from .._xapi.errors import ConnectionLost, XapiError
from ._context import Context
from ._pool import Deadline


def set_key(context: Context, deadline: Deadline, pool: Pool, key: str, value: str) -> None:
    """Give the key this value, or remove it when that is empty; a lost answer is followed by the same calls."""

    def attempt(_seen: Pool | None = None) -> bool:
        # Adding a key that is there is an error, so it is removed first.
        context.xapi.call("pool.remove_from_other_config", pool.ref, key, about=pool.label)
        if value:
            _add(context, pool, key, value)
        return True

    try:
        attempt()
    except ConnectionLost:
        deadline.wait_for_pool(f"{pool.label}: setting {key}", attempt)


def _add(context: Context, pool: Pool, key: str, value: str) -> None:
    try:
        context.xapi.call("pool.add_to_other_config", pool.ref, key, value, about=pool.label)
    except XapiError as error:
        # Somebody else was as fast; whose value it is, the caller reads back.
        if error.code != "MAP_DUPLICATE_KEY":
            raise
