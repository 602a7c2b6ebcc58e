# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the picture of a pool, in the same number of calls whatever its size.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import contextlib

from .._maintenance.estate import Pool
from .._maintenance.waiter import NotYet
from .client import XapiClient
from .errors import ConnectionLost, XapiError
from .tables import Table, Tables, build_pool

# Thousands of templates' and empty drives' records would only cost the master time (xapi.md 10).
_NO_TEMPLATES = 'field "is_a_template"="false"'
_NOT_EMPTY = 'field "empty"="false"'


def read_pool(client: XapiClient) -> Pool:
    """The pool in nine calls; the client learns its addresses and names on the way."""
    tables = Tables(
        pool=client.call("pool.get_all_records"),
        host=client.call("host.get_all_records"),
        host_metrics=client.call("host_metrics.get_all_records"),
        vm=client.call("VM.get_all_records_where", _NO_TEMPLATES),
        vbd=client.call("VBD.get_all_records_where", _NOT_EMPTY),
        pbd=client.call("PBD.get_all_records"),
        sr=client.call("SR.get_all_records"),
        sm=client.call("SM.get_all_records"),
        task=client.call("task.get_all_records"),
    )
    client.learn([host["address"] for host in tables.host.values()], _names(tables.host, tables.vm, tables.sr))
    return build_pool(tables)


def look_again(client: XapiClient) -> Pool | NotYet:
    """The pool, or why it cannot be seen now; after a lost connection the next look finds the master again."""
    try:
        return read_pool(client)
    except XapiError as error:
        return NotYet(error.message.rstrip("."))
    except ConnectionLost:
        with contextlib.suppress(ConnectionLost):
            client.reconnect()
        return NotYet("no master answers")


def _names(*tables: Table) -> dict[str, str]:
    return {ref: str(record["name_label"]) for table in tables for ref, record in table.items()}
