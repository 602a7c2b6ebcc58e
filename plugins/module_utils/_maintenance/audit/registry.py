# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every purpose by its name.

The imports are written out, because a module is sent to other machines with exactly what it imports by name.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .purpose import Purpose, purpose_from
from .purposes import (
    add_host,
    audit,
    designate_master,
    drain,
    elect_master,
    patch,
    pool_ha,
    reboot,
    recover_host,
    remove_host,
    vm_protection,
)

PURPOSES: dict[str, Purpose] = {
    "add_host": purpose_from("add_host", add_host),
    "audit": purpose_from("audit", audit),
    "designate_master": purpose_from("designate_master", designate_master),
    "drain": purpose_from("drain", drain),
    "elect_master": purpose_from("elect_master", elect_master),
    "patch": purpose_from("patch", patch),
    "pool_ha": purpose_from("pool_ha", pool_ha),
    "reboot": purpose_from("reboot", reboot),
    "recover_host": purpose_from("recover_host", recover_host),
    "remove_host": purpose_from("remove_host", remove_host),
    "vm_protection": purpose_from("vm_protection", vm_protection),
}
