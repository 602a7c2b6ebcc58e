# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class VBD: the drive that pins a VM to its host (``xapi.md`` 9)."""

from __future__ import annotations

from ..errors import XapiError
from ..model import NULL
from ..registry import Call, message


@message("VBD", "eject")
def vbd_eject(call: Call, vbd: str) -> None:
    """Take the disc out of a drive."""
    row = call.db.row("VBD", vbd)
    if row["type"] != "CD":
        raise XapiError("VBD_NOT_REMOVABLE_MEDIA", vbd)
    if row["empty"]:
        raise XapiError("VBD_IS_EMPTY", vbd)
    call.db.set("VBD", vbd, empty=True, VDI=NULL, currently_attached=False)
