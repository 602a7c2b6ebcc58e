# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said about a side that was not to be seen.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..cluster import CloudPicture, Cluster
from .model import Finding

NO_CLOUD = CloudPicture(
    version="",
    cluster=Cluster("", "", "", "", "", "Unknown", "Unknown"),
    hosts=(),
    instances=(),
    jobs=(),
)


_ELECT = "When it is dead and pool HA was off, nobody elects another one by itself: the role elect_master does."


def pool_unseen(message: str) -> Finding:
    """No address leads to a master that serves: nobody can say anything about this pool."""
    thing, text, remedy = _parts(message)
    return Finding("no_master", "blocker", thing, text, f"{remedy} {_ELECT}")


def cloud_unseen(message: str) -> Finding:
    """CloudStack does not answer, or has no such cluster."""
    thing, text, remedy = _parts(message)
    return Finding("cloudstack_unseen", "blocker", thing, text, remedy)


def cloud_alone(cloud: CloudPicture) -> t.Iterator[Finding]:
    """What CloudStack says of the hosts of a pool that nobody sees: without a master, in the end all are in Alert."""
    for host in cloud.hosts:
        if host.state != "Up":
            yield Finding(
                "host_not_up",
                "blocker",
                host.name,
                f"CloudStack sees it as {host.state}",
                "Bring back the pool's master first.",
            )


def _parts(message: str) -> tuple[str, str, str]:
    """An error is "object: what is wrong. What to do."; the last full stop but one parts the two sentences."""
    thing, _colon, rest = message.partition(": ")
    text, _stop, remedy = rest.partition(". ")
    return thing, text.rstrip("."), remedy
