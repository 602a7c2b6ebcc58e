# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host has lost without having failed.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..matching import Estate
from .model import Check, Finding, Scope


def bonds(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A bond with one link left is the next single failure (peers.md I23)."""
    for bond in estate.facts.bonds:
        if bond.links_up < bond.cards:
            yield Finding(
                "bond_degraded",
                "warning",
                estate.pool.host(bond.host).name,
                f"{bond.links_up} of the {bond.cards} links of {bond.device} are up",
                "Look at the cables and at the switch.",
            )


STANDING: tuple[Check, ...] = (bonds,)
