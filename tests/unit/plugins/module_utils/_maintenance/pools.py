# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pools for tests: three hosts on one shared and one local storage."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import (
    HaState,
    Host,
    Pool,
    Sr,
    Vm,
)

SHARED = Sr("sr-nfs", "uuid-nfs", "nfs1", True, "nfs", ("h1", "h2", "h3"), ("h1", "h2", "h3"), 10000, True)
LOCAL = Sr("sr-local", "uuid-local", "local1", False, "ext", ("h1",), ("h1",), 100, True)
VERSION = {"product_brand": "XCP-ng", "product_version": "8.3.0", "platform_version": "3.4.0", "xapi": "26.17"}


def host(number: int) -> Host:
    """xen01 is the master and the fullest."""
    return Host(
        ref=f"h{number}",
        uuid=f"uuid-h{number}",
        name=f"xen0{number}",
        address=f"192.0.2.1{number}",
        is_master=number == 1,
        software_version=VERSION,
        boot_time=1000.0,
        agent_start_time=1090.0,
        memory_total_mib=65536,
        memory_free_mib=10000 * number,
        plugged_srs=("sr-nfs", "sr-local") if number == 1 else ("sr-nfs",),
    )


def vm(name: str, on: str | None, power_state: str = "Running") -> Vm:
    """A VM of 4 GiB on the shared storage."""
    return Vm(f"ref-{name}", f"uuid-{name}", name, power_state, on, memory_mib=4096, overhead_mib=40, srs=("sr-nfs",))


def pool(**changes: t.Any) -> Pool:
    """A healthy pool with HA off."""
    plain = Pool(
        ref="pool",
        uuid="uuid-pool",
        name="pool-a",
        master="h1",
        hosts=(host(1), host(2), host(3)),
        vms=(vm("web-01", "h1"), vm("web-02", "h2")),
        srs=(LOCAL, SHARED),
    )
    return replace(plain, **changes)


def with_host(base: Pool, ref: str, **changes: t.Any) -> Pool:
    """The same pool with one host changed."""
    hosts = tuple(replace(h, **changes) if h.ref == ref else h for h in base.hosts)
    return replace(base, hosts=hosts)


def ha_on(base: Pool, timeout: str = "180") -> Pool:
    """The same pool with HA on and every host armed."""
    ha = HaState(True, {"timeout": timeout}, "uuid-nfs", "nfs1", ("vdi-state",))
    return replace(base, ha=ha, hosts=tuple(replace(h, statefiles=("vdi-state",)) for h in base.hosts))
