# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding the host, VM or SR that a user means; absence and ambiguity are sentences that list what exists.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .errors import MaintenanceError
from .estate import Host, Pool, Sr, Vm


class _Named(t.Protocol):
    @property
    def uuid(self) -> str: ...

    @property
    def name(self) -> str: ...


Thing = t.TypeVar("Thing", bound=_Named)


def find_host(pool: Pool, text: str) -> Host:
    """The host with this name, address or uuid."""
    found = [host for host in pool.hosts if text in (host.name, host.address, host.uuid)]
    return _only(found, pool.hosts, "host", text, pool.label)


def find_vm(pool: Pool, text: str) -> Vm:
    """The VM with this uuid or name."""
    found = [vm for vm in pool.vms if text in (vm.uuid, vm.name) and not vm.is_control_domain]
    return _only(found, (), "VM", text, pool.label)


def find_sr(pool: Pool, text: str) -> Sr:
    """The SR with this uuid or name."""
    return _only([sr for sr in pool.srs if text in (sr.uuid, sr.name)], pool.srs, "SR", text, pool.label)


def _only(found: t.Sequence[Thing], existing: t.Sequence[Thing], kind: str, text: str, pool: str) -> Thing:
    if len(found) == 1:
        return found[0]
    if found:
        uuids = ", ".join(sorted(thing.uuid for thing in found))
        raise MaintenanceError(f"{text}: {len(found)} {kind}s of pool {pool} have this name. Give its uuid: {uuids}.")
    names = ", ".join(sorted(thing.name for thing in existing))
    hint = f"It has {names}." if names else f"Give the name or uuid of a {kind} as the pool knows it."
    raise MaintenanceError(f"{text}: pool {pool} has no such {kind}. {hint}")
