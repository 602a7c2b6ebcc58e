# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records that clients give to ``create``: what must be there, what is taken over."""

from __future__ import annotations

import typing as t

from .errors import XapiError
from .model import load

Record = dict[str, t.Any]


def values(cls: str, release: str, record: Record) -> Record:
    """The fields of a new row; those that only the server writes are left out.

    :raises XapiError: INTERNAL_ERROR for a missing field without a default (observed, corrections to 1.4).
    """
    model, found = load(), {}
    for name, field in model.classes[cls].fields.items():
        if field.access == "RO/runtime" or not model.has(release, field.since, None):
            continue
        if name in record:
            found[name] = record[name]
        elif field.default is None and field.since in (None, "rio"):
            raise XapiError("INTERNAL_ERROR", "missing field", name, "")
    return found
