# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which storage a host should have plugged and has not.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from ..estate import Host, Pool, Sr


def pluggable(pool: Pool, host: Host) -> list[Sr]:
    """Shared storage that another live host has plugged.

    What nobody has plugged is somebody's will, or dead. Storage that is not shared is left alone: plugged on two
    hosts at once it would be corrupted.
    """
    alive = {other.ref for other in pool.hosts if other.live and other.ref != host.ref}
    return [sr for sr in pool.srs if sr.ref in host.unplugged_srs and sr.shared and alive & set(sr.plugged_on)]
