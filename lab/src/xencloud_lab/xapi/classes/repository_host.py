# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class host about updates from a repository (``xapi.md`` 6.4)."""

from __future__ import annotations

from ...timeline import Completion
from .. import cdn_apply
from ..errors import XapiError
from ..registry import Call, message
from ..rows import host_ref


@message("host", "apply_updates")
def host_apply_updates(call: Call, host: str, checksum: str) -> Completion:
    """Minutes; answers with warnings."""
    return cdn_apply.apply_updates(call, host, checksum)


@message("host", "emergency_clear_mandatory_guidance", local=True)
def host_emergency_clear_mandatory_guidance(call: Call) -> None:
    """By force, on the host that is asked."""
    db = call.toolstack.database()
    if db is None:
        raise XapiError("HOST_IS_SLAVE", call.toolstack.master_address)
    db.set("host", host_ref(db, call.toolstack.machine), pending_guidances=[])
