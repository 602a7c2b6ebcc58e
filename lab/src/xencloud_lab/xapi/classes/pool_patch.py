# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class pool_patch (``xapi.md`` 6.2); from 7.1 on they are those of its pool_update."""

from __future__ import annotations

import typing as t

from ...timeline import Completion
from .. import patches, pool_updates
from ..errors import XapiError
from ..forward import machine_for
from ..installing import OneByOne
from ..model import NULL
from ..registry import Call, message
from ..rows import machine_of, pool_row
from . import pool_update


class Everywhere:
    """pool_patch.apply on a host at a time."""

    def __init__(self, call: Call, patch: str) -> None:
        self._call = call
        self._patch = patch

    def apply(self, host: str) -> Completion:
        """On this host."""
        return patches.apply(self._call, self._patch, machine_for(self._call.world, self._call.db, host), host)


@message("pool_patch", "precheck")
def pool_patch_precheck(call: Call, patch: str, host: str) -> str:
    """The output of the hotfix's own script; empty when it is content."""
    update = _update(call, patch)
    machine = machine_for(call.world, call.db, host)
    if update is None:
        patches.precheck(call, patch, machine, host)
    else:
        pool_updates.precheck(call, update, machine, host)
    return ""


@message("pool_patch", "apply")
def pool_patch_apply(call: Call, patch: str, host: str) -> Completion:
    update = _update(call, patch)
    machine = machine_for(call.world, call.db, host)
    if update is None:
        return patches.apply(call, patch, machine, host)
    return _Silent(pool_updates.apply(call, update, machine, host)).done


class _Silent:
    """An answer without a value, as the empty text of a script."""

    def __init__(self, answer: Completion) -> None:
        self.done = Completion()
        answer.then(self._ended)

    def _ended(self, answer: Completion) -> None:
        if answer.error is None:
            self.done.resolve("")
        else:
            self.done.reject(answer.error)


@message("pool_patch", "pool_apply")
def pool_patch_pool_apply(call: Call, patch: str) -> Completion:
    """Every host that does not have it, the master first; the first failure ends it."""
    update = _update(call, patch)
    if update is not None:
        return pool_update.apply_everywhere(call, update)
    hosts = [host for host in _master_first(call) if not patches.is_applied(call.db, patch, host)]
    return OneByOne(hosts, Everywhere(call, patch).apply).submit()


def _master_first(call: Call) -> list[str]:
    master = pool_row(call.db)["master"]
    return sorted(call.db.rows("host"), key=lambda host: host != master)


@message("pool_patch", "clean")
def pool_patch_clean(call: Call, patch: str) -> None:
    """The file goes from the master's disk."""
    call.machine.software.files.discard(call.db.row("pool_patch", patch)["uuid"])


@message("pool_patch", "clean_on_host")
def pool_patch_clean_on_host(call: Call, patch: str, host: str) -> None:
    uuid = call.db.row("pool_patch", patch)["uuid"]
    machine_for(call.world, call.db, host).software.files.discard(uuid)


@message("pool_patch", "pool_clean")
def pool_patch_pool_clean(call: Call, patch: str) -> None:
    update = _update(call, patch)
    if update is not None:
        pool_update.pool_update_pool_clean(call, update)
        return
    uuid = call.db.row("pool_patch", patch)["uuid"]
    for host in call.db.rows("host"):
        machine_of(call.world, call.db, host).software.files.discard(uuid)


@message("pool_patch", "destroy")
def pool_patch_destroy(call: Call, patch: str) -> None:
    """Only a hotfix that no host has."""
    update = _update(call, patch)
    if update is not None:
        pool_update.pool_update_destroy(call, update)
        return
    if patches.is_applied(call.db, patch):
        raise XapiError("PATCH_IS_APPLIED")
    pool_patch_pool_clean(call, patch)
    for row in call.db.related("pool_patch", patch, "host_patches"):
        call.db.destroy("host_patch", row)
    call.db.destroy("pool_patch", patch)


def _update(call: Call, patch: str) -> str | None:
    """The update that this patch stands for."""
    update: t.Any = call.db.row("pool_patch", patch)["pool_update"]
    return None if update == NULL else str(update)
