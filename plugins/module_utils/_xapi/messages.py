# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the pool has told people lately (class ``message``, ``xapi.md`` 11).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import time
import xmlrpc.client

from .._maintenance.facts import Message
from .client import XapiClient
from .errors import XapiError
from .updates import epoch_s

DAY_S = 86400


def read_messages(client: XapiClient, now: float) -> tuple[Message, ...]:
    """Those of the last day, the oldest first, in one call; a release without messages has none."""
    since = time.strftime("%Y%m%dT%H:%M:%SZ", time.gmtime(max(0.0, now - DAY_S)))
    try:
        records = client.call("message.get_since", xmlrpc.client.DateTime(since))
    except XapiError as error:
        if error.code == "MESSAGE_METHOD_UNKNOWN":
            return ()
        raise
    told = (
        Message(record["name"], record["obj_uuid"], epoch_s(record["timestamp"]), record["body"])
        for record in records.values()
    )
    return tuple(sorted(told, key=lambda message: message.at))
