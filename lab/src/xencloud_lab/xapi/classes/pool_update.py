# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class pool_update (``xapi.md`` 6.3)."""

from __future__ import annotations

import typing as t

from ...timeline import Completion
from .. import pool_updates
from ..errors import XapiError
from ..forward import machine_for
from ..installing import OneByOne
from ..model import NULL
from ..registry import Call, message
from ..rows import pool_row


class Everywhere(OneByOne):
    """pool_update.apply on a host at a time; hosts that fail do not keep the others from it."""

    def __init__(self, call: Call, update: str, hosts: t.Sequence[str]) -> None:
        super().__init__(hosts, self._apply)
        self._call = call
        self._update = update

    def _apply(self, host: str) -> Completion:
        machine = machine_for(self._call.world, self._call.db, host)
        return pool_updates.apply(self._call, self._update, machine, host)

    def goes_on(self) -> bool:
        return True

    def ended(self) -> XapiError | None:
        return XapiError("UPDATE_POOL_APPLY_FAILED", *self.failures) if self.failures else None


@message("pool_update", "introduce")
def pool_update_introduce(call: Call, vdi: str) -> str:
    return pool_updates.introduce(call.world, call.machine, call.db, vdi)


@message("pool_update", "precheck")
def pool_update_precheck(call: Call, update: str, host: str) -> str:
    return pool_updates.precheck(call, update, machine_for(call.world, call.db, host), host)


@message("pool_update", "apply")
def pool_update_apply(call: Call, update: str, host: str) -> Completion:
    return pool_updates.apply(call, update, machine_for(call.world, call.db, host), host)


@message("pool_update", "pool_apply")
def pool_update_pool_apply(call: Call, update: str) -> Completion:
    return apply_everywhere(call, update)


def apply_everywhere(call: Call, update: str) -> Completion:
    """Every host that does not have it, the master first.

    :raises XapiError: UPDATE_ALREADY_APPLIED_IN_POOL.
    """
    applied, master = call.db.row("pool_update", update)["hosts"], pool_row(call.db)["master"]
    hosts = sorted((h for h in call.db.rows("host") if h not in applied), key=lambda host: host != master)
    if not hosts:
        raise XapiError("UPDATE_ALREADY_APPLIED_IN_POOL", update)
    return Everywhere(call, update, hosts).submit()


@message("pool_update", "pool_clean")
def pool_update_pool_clean(call: Call, update: str) -> None:
    """The image goes, the update stays known."""
    vdi = call.db.row("pool_update", update)["vdi"]
    call.db.destroy("VDI", vdi)
    call.db.set("pool_update", update, vdi=NULL)


@message("pool_update", "destroy")
def pool_update_destroy(call: Call, update: str) -> None:
    """Only an update that no host has."""
    if call.db.row("pool_update", update)["hosts"]:
        raise XapiError("UPDATE_IS_APPLIED")
    pool_update_pool_clean(call, update)
    pool_updates.destroy(call.db, update)


@message("pool_update", "attach")
def pool_update_attach(call: Call, update: str, _use_localhost_proxy: bool) -> str:
    """Where hosts fetch the packages of this update."""
    package = pool_updates.package_of(call.machine, call.db, update)
    return f"http://{call.machine.address}/update/{package.uuid}"


@message("pool_update", "detach")
def pool_update_detach(call: Call, update: str) -> None:
    call.db.row("pool_update", update)


@message("pool_update", "resync_host")
def pool_update_resync_host(call: Call, host: str) -> None:
    """A host is asked again what it has; nothing has booted by that."""
    machine = machine_for(call.world, call.db, host)
    pool_updates.host_started(machine.toolstack, call.db, booted=False)
