# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages of a list (``cloudstack.md`` 4.3, 4.5)."""

from __future__ import annotations

import typing as t

from .call import Call
from .errors import invalid
from .registry import Listing


def page_of(call: Call, listing: Listing) -> dict[str, t.Any]:
    """The body of a list answer: nothing at all when the list is empty.

    :raises ApiError: the page is asked for in a wrong way.
    """
    first, size = _window(call)
    rows = list(listing.rows[first:] if size is None else listing.rows[first : first + size])
    if not listing.rows:
        return {}
    return {"count": len(listing.rows), **({listing.key: rows} if rows else {})}


def _window(call: Call) -> tuple[int, int | None]:
    page, size = call.number("page"), call.number("pagesize")
    limit = int(call.server.settings.number("default.page.size"))
    if size == -1:
        if page is not None:
            raise invalid("Can't specify page parameter when pagesize is -1 (Unlimited)")
        return 0, None
    if page is None and size is not None:
        raise invalid('"page" parameter is required when "pagesize" is specified')
    if size is None and page is not None:
        raise invalid('"pagesize" parameter is required when "page" is specified')
    if size is not None and size > limit:
        raise invalid(f"Page size can't exceed max allowed page size value: {limit}")
    return (max(page or 1, 1) - 1) * (size or limit), size or limit
