# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations import (
    cloudstack_vm_migrate,
    xapi_vm_migrate,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations._batch import require_parallel


def test_both_ways_of_moving_vms_are_asked_for_the_same() -> None:
    for name in ("moves", "parallel"):
        assert cloudstack_vm_migrate.SPEC.options[name] == xapi_vm_migrate.SPEC.options[name]


def test_a_batch_in_which_nothing_would_move_is_refused() -> None:
    require_parallel(1)
    with pytest.raises(MaintenanceError, match="parallel is 0: nothing would move"):
        require_parallel(0)
