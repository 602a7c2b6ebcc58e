# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How service offerings look."""

from __future__ import annotations

from ..envelope import Body, date, known
from ..rows import Offering


def offering_view(offering: Offering) -> Body:
    """A service offering."""
    return known(
        {
            "id": offering.uuid,
            "name": offering.name,
            "displaytext": offering.name,
            "cpunumber": offering.cpus,
            "cpuspeed": offering.cpu_mhz,
            "memory": offering.memory_mib,
            "offerha": offering.ha,
            "issystem": bool(offering.system_type),
            "systemvmtype": offering.system_type or None,
            "storagetype": "shared",
            "hosttags": ",".join(offering.host_tags) or None,
            "serviceofferingdetails": offering.details or None,
            "created": date(offering.created),
        }
    )
