# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""host.apply_updates: its order of refusals, then the installation (``xapi.md`` 6.4)."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from . import cdn, enabling, guidance, licence, operations
from .errors import XapiError
from .forward import machine_for
from .installing import Installation, patches_live
from .rows import guests_on, pool_ref, pool_row, stamp

if t.TYPE_CHECKING:
    from ..machines import Machine
    from ..software import Package
    from .registry import Call


def apply_updates(call: Call, host: str, checksum: str) -> Completion:
    """Everything that the repository has and the host has not; the answer is a set of warnings.

    :raises XapiError: the first refusal. A host that was enabled stays disabled by some of them.
    """
    db = call.db
    row = db.row("host", host)
    licence.assert_feature(db, licence.UPDATES)
    operations.assert_pool(db, "apply_updates")
    if pool_row(db)["ha_enabled"]:
        raise XapiError("HA_IS_ENABLED")
    machine = machine_for(call.world, db, host)
    if row["enabled"]:
        enabling.disable(db, host)
        machine.toolstack.user_disabled = True
    operations.assert_host(db, host, "apply_updates")
    if db.row("host", host)["pending_guidances"]:
        raise XapiError("HOST_PENDING_MANDATORY_GUIDANCE_NOT_EMPTY", host)
    _assert_hash(call, checksum)
    packages = machine.software.pending()
    _assert_empty(call, host, packages)
    return ApplyUpdates(call, machine, host, packages, checksum).begin()


def _assert_hash(call: Call, checksum: str) -> None:
    """The caller knows what will be installed; a master that has not synced knows of nothing."""
    repository = call.db.row("Repository", cdn.enabled(call.db))
    if not checksum or not cdn.is_synced(call.db) or checksum != repository["hash"]:
        raise XapiError("UPDATEINFO_HASH_MISMATCH")


def _assert_empty(call: Call, host: str, packages: t.Sequence[Package]) -> None:
    live = not pool_row(call.db)["live_patching_disabled"]
    mandatory = guidance.follows(packages, live=live)["mandatory"]
    if "reboot" in mandatory and guests_on(call.db, host):
        raise XapiError("HOST_EVACUATION_IS_REQUIRED", host)


class ApplyUpdates(Installation):
    """The installation, with its entries in the pool's and the host's operations."""

    def __init__(self, call: Call, machine: Machine, host: str, packages: t.Sequence[Package], checksum: str) -> None:
        super().__init__(call, machine, host, packages)
        self._checksum = checksum
        self._entries = [
            operations.begin(call, "pool", pool_ref(call.db), "apply_updates"),
            operations.begin(call, "host", host, "apply_updates"),
        ]

    def begin(self) -> Completion:
        """Begin; whatever comes of it, the operations end with it."""
        answer = self.submit()
        answer.then(self._over)
        return answer

    def _over(self, _answer: Completion) -> None:
        for entry in self._entries:
            entry.end()

    def record(self) -> list[list[str]]:
        db, host = self.call.db, self.host
        guidance.remember(db, host, self.packages, live=not pool_row(db)["live_patching_disabled"])
        warnings = [self._live_patch_failed(p) for p in self.packages if p.refuses == "livepatch_failed"]
        db.set("host", host, last_software_update=stamp(self.call.now), last_update_hash=self._checksum)
        cdn.note_state(self.call.world, db, host)
        return warnings

    def takes_effect(self, package: Package) -> bool:
        return patches_live(self.call.db, package) and package.refuses != "livepatch_failed"

    def _live_patch_failed(self, package: Package) -> list[str]:
        """The packages are there, what runs is the old: a reboot has to follow after all."""
        guidance.add_mandatory(self.call.db, self.host, guidance.LIVEPATCH_FAILED)
        return ["APPLY_LIVEPATCH_FAILED", package.name]

    def failed(self, output: str) -> XapiError:
        return XapiError("APPLY_UPDATES_FAILED", self.host)
