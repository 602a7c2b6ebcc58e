# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.election import Role, Seen, Sighting
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.silence import still_silent


def silent(refuses: bool = False) -> Seen:
    return Seen("xen1", "192.0.2.1", "192.0.2.1", Sighting(Role.SILENT, why="does not answer in time", refuses=refuses))


def test_a_host_that_only_starts_is_not_said_to_be_dead() -> None:
    said = still_silent(silent(refuses=True), 3, dead=False)
    assert said.startswith("xen1 does not answer but has power; VMs that the pool still counts on it: 3. It may be")
    assert still_silent(silent(), 0, dead=False).startswith("xen1 does not answer; ")


def test_a_host_that_somebody_has_looked_at_is_dead() -> None:
    assert still_silent(silent(), 3, dead=True).startswith("xen1 was confirmed dead; ")
