# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The preflight of ``rolling_patch`` when it installs updates.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from ..model import Severity
from ..purpose import Hosts

HOSTS: Hosts = "all"

# Whether its host needs anything is not known yet; the plan, which knows it, refuses.
SEVERITIES: dict[str, Severity] = {"vm_cannot_leave": "warning"}
