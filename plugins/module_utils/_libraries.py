# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two libraries the collection needs, and what to say when one is missing.

They are imported here once, so that an action plugin loads them in the parent process
and every forked task has them already.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import importlib
import traceback
import typing as t

XenAPI: t.Any = None
XENAPI_TRACE: str | None = None
cs: t.Any = None
CS_TRACE: str | None = None

try:
    XenAPI = importlib.import_module("XenAPI")
except ImportError:
    XENAPI_TRACE = traceback.format_exc()

try:
    cs = importlib.import_module("cs")
except ImportError:
    CS_TRACE = traceback.format_exc()


def missing_libraries(options: t.Mapping[str, t.Any]) -> list[tuple[str, str]]:
    """Name and import trace of each library that these options need and that is not there."""
    missing = []
    if options.get("hostname", {}).get("required") and XENAPI_TRACE:
        missing.append(("XenAPI", XENAPI_TRACE))
    if "api_url" in options and CS_TRACE:
        missing.append(("cs", CS_TRACE))
    return missing
