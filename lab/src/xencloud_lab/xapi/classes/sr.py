# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class SR (``xapi.md`` 9)."""

from __future__ import annotations

from ..errors import XapiError
from ..pool_ha import assert_statefile_sr
from ..registry import Call, message


@message("SR", "scan")
def sr_scan(call: Call, sr: str) -> None:
    """The lab's disks are where the database says."""
    call.db.row("SR", sr)


@message("SR", "set_shared")
def sr_set_shared(call: Call, sr: str, shared: bool) -> None:
    pbds = call.db.related("SR", sr, "PBDs")
    if not shared and len(pbds) > 1:
        raise XapiError("SR_HAS_MULTIPLE_PBDS", *pbds)
    call.db.set("SR", sr, shared=shared)


@message("SR", "assert_can_host_ha_statefile")
def sr_assert_can_host_ha_statefile(call: Call, sr: str) -> None:
    assert_statefile_sr(call.db, sr)


@message("SR", "get_supported_types")
def sr_get_supported_types(call: Call) -> list[str]:
    return sorted({row["type"] for row in call.db.rows("SM").values()})
