# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a pool's licence allows: kept in pool.restrictions, asked by name (``xapi.md`` 2.2, 6.4)."""

from __future__ import annotations

import typing as t

from .errors import XapiError
from .rows import pool_row

if t.TYPE_CHECKING:
    from .database import Database
    from .profiles import Profile

HA = "XHA"
UPDATES = "Updates"


def restrictions(profile: Profile, edition: str) -> dict[str, str]:
    """The flags of an edition: some say what there is, some what there is not."""
    return {
        "enable_xha": _text(profile.licensed(edition, HA)),
        "restrict_updates": _text(not profile.licensed(edition, UPDATES)),
    }


def assert_feature(db: Database, feature: str) -> None:
    """Whether the pool may use this.

    :raises XapiError: LICENCE_RESTRICTION.
    """
    flags = pool_row(db)["restrictions"]
    refused = flags.get("enable_xha") == "false" if feature == HA else flags.get("restrict_updates") == "true"
    if refused:
        raise XapiError("LICENCE_RESTRICTION", feature)


def _text(flag: bool) -> str:
    return str(flag).lower()
