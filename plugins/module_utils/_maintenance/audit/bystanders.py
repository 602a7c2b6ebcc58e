# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is no obstacle to a role that leaves hosts and VMs where they are.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .model import Severity

# No VM is moved and no host is emptied, so the work and the troubles of others do not matter.
NOBODY_MOVED = frozenset(
    {
        "cluster_disabled",
        "host_disabled",
        "host_in_maintenance",
        "host_not_enabled",
        "host_not_up",
        "host_unknown_to_pool",
        "job_running",
        "vm_elsewhere",
        "vm_in_transition",
        "vm_missing",
    }
)
# The pool keeps its hosts, too: nobody joins it, and no toolstack restarts.
NOBODY_TOUCHED = NOBODY_MOVED | {
    "cluster_unmanaged",
    "host_apart",
    "host_silent",
    "host_unknown_to_cloudstack",
    "storage_unplugged",
    "task_running",
}


def only_warned_of(codes: t.Iterable[str]) -> dict[str, Severity]:
    """Severities of a purpose for which these are no more than a warning."""
    return dict.fromkeys(codes, "warning")
