# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.model import Finding, Severity
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations._pool import beside, refuse


def found(severity: Severity) -> dict[str, str]:
    return Finding("host_dead", severity, "xen03", "it is dead", "Bring it back.").as_dict()


def test_what_was_found_and_what_is_refused_is_one_message_and_nothing_is_told_twice() -> None:
    with pytest.raises(MaintenanceError) as caught, beside([found("blocker")], "pool-a"):
        refuse("pool-a: HA cannot be enabled", ["it is dead", "there is no room"], "Try again.")
    assert caught.value.message.startswith("pool-a: 2 things stand in the way")
    assert "- pool-a: there is no room. Remove this cause" in caught.value.message
    assert caught.value.message.count("it is dead") == 1


def test_an_error_that_is_one_sentence_is_told_as_such() -> None:
    with pytest.raises(MaintenanceError) as caught, beside([found("blocker")], "pool-a"):
        raise MaintenanceError("nfs: no such SR. Give another.")
    assert "- nfs: no such SR. Give another." in caught.value.message


def test_a_blocker_alone_is_enough_and_a_warning_changes_nothing() -> None:
    with pytest.raises(MaintenanceError, match="1 thing stands in the way"), beside([found("blocker")], "pool-a"):
        pass
    with beside([found("warning")], "pool-a"):
        pass
    with pytest.raises(MaintenanceError, match=r"^nfs: no such SR"), beside([found("warning")], "pool-a"):
        raise MaintenanceError("nfs: no such SR. Give another.")
