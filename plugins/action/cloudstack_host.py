# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.xencloud.maintenance.plugins.module_utils._operations import cloudstack_host
from ansible_collections.xencloud.maintenance.plugins.plugin_utils._action import OperationAction


class ActionModule(OperationAction):
    """The live front door of the module of the same name."""

    operation = cloudstack_host
