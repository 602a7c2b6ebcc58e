# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MAC addresses of virtual network cards."""

from __future__ import annotations

import hashlib
import re

_FORM = re.compile(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")


def is_mac(text: str) -> bool:
    """Whether this is an address of one card, in the usual form."""
    return bool(_FORM.fullmatch(text)) and int(text[:2], 16) % 2 == 0


def mac_for(seed: str, device: str) -> str:
    """The address that a card without one gets: of its VM's mac_seed and its number, as xapi does it."""
    digest = hashlib.sha256(f"{seed}/{device}".encode()).digest()[:6]
    first = (digest[0] & 0xFC) | 0x02
    return ":".join(f"{octet:02x}" for octet in (first, *digest[1:]))
