# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class Cluster: refused by a pool of mixed versions, not modelled otherwise (``xapi.md`` 6.6)."""

from __future__ import annotations

import typing as t

from .. import upgrade
from ..errors import NotModelled, XapiError
from ..registry import Call, message


def _refuse(call: Call, name: str) -> t.NoReturn:
    """The refusal of mixed versions comes before anything that is not modelled."""
    if upgrade.in_progress(call.db):
        raise XapiError("NOT_SUPPORTED_DURING_UPGRADE")
    raise NotModelled(name)


@message("Cluster", "create")
def cluster_create(call: Call, *_values: t.Any) -> None:
    _refuse(call, "Cluster.create")


@message("Cluster", "pool_create")
def cluster_pool_create(call: Call, *_values: t.Any) -> None:
    _refuse(call, "Cluster.pool_create")
