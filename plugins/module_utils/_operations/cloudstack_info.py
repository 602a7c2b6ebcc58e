# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What CloudStack knows about a pool; read-only.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .._argspec import ArgumentSpec, cloudstack_spec
from .._cloudstack.picture import read_cloud
from .._maintenance.cloud_views import cloud_view
from ._context import Context, Outcome

SPEC = cloudstack_spec() | ArgumentSpec(
    options={
        "cluster": {"type": "str"},
        "host_addresses": {"type": "list", "elements": "str"},
    },
    required_one_of=(("cluster", "host_addresses"),),
)


def run(context: Context) -> Outcome:
    """Read the cluster that is named, or the one that has these hosts."""
    params = context.params
    picture = read_cloud(context.cloudstack, params["cluster"], params["host_addresses"] or ())
    return Outcome(result={"cloudstack": cloud_view(picture)})
