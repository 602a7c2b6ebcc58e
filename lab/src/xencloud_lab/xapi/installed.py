# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows that an installation leaves and nobody touches: the internal network, dom0's consoles, certificates.

Values follow ``records_control_domain``, ``records_sm_host_cpu_certificate`` and ``records_pool``.
"""

from __future__ import annotations

import datetime
import typing as t

from .rows import MIB, pool_ref, stamp

if t.TYPE_CHECKING:
    from ..machines import Machine
    from .database import Database

INTERNAL_BRIDGE = "xenapi"
CONSOLES = ("rfb", "vt100")
CERTIFICATES = ("host", "host_internal")
ROLES = ("pool-admin", "pool-operator", "vm-power-admin", "vm-admin", "vm-operator", "read-only")
VALID_YEARS = 10
_DAY_S = 86400


def of_pool(db: Database) -> None:
    """The network between dom0 and guests, and the secret behind the pool's telemetry."""
    db.create(
        "network",
        name_label="Host internal management network",
        name_description="Network on which guests will be assigned a private link-local IP address which can be used "
        "to talk to the host",
        bridge=INTERNAL_BRIDGE,
        MTU=1500,
        managed=True,
        default_locking_mode="unlocked",
        other_config={"is_host_internal_management_network": "true", "is_guest_installer_network": "true"},
    )
    for role in ROLES:
        db.create("role", name_label=role)
    secret = db.create("secret", value=db.new_uuid())
    db.set("pool", pool_ref(db), telemetry_uuid=secret, ext_auth_cache_enabled=False)


def cpu_info(db: Database, host: str) -> None:
    """The pool's processors are those of its hosts together."""
    pool, own = pool_ref(db), db.row("host", host)["cpu_info"]
    before = db.row("pool", pool)["cpu_info"]
    counts = {key: str(int(before.get(key, 0)) + int(own[key])) for key in ("cpu_count", "socket_count")}
    features = {"features_pv_host": "", "features_hvm_host": ""}
    db.set("pool", pool, cpu_info={"vendor": own["vendor"], **counts, **features})


def of_host(db: Database, host: str, control_domain: str, machine: Machine, now: float) -> None:
    """Certificates of a host, and what its control domain has besides a guest's fields."""
    cpu_info(db, host)
    for kind in CERTIFICATES:
        _certificate(db, host, kind, now)
    _control_domain(db, control_domain, machine)
    for protocol in CONSOLES:
        ref = f"OpaqueRef:{db.new_uuid()}"
        location = f"https://{machine.address}/console?ref={ref}"
        db.create("console", ref=ref, VM=control_domain, protocol=protocol, location=location)


def _control_domain(db: Database, vm: str, machine: Machine) -> None:
    memory = machine.dom0_mib * MIB
    row = db.row("VM", vm)
    utilisation = {str(number): 0.0 for number in range(1, row["VCPUs_at_startup"] + 1)}
    db.set("VM_metrics", row["metrics"], VCPUs_utilisation=utilisation, current_domain_type="pv")
    db.set(
        "VM",
        vm,
        name_description="The domain which manages physical devices and manages other domains",
        memory_target=memory,
        memory_static_min=memory,
        actions_after_reboot="destroy",
        actions_after_crash="destroy",
        platform={},
        version=1,
        hardware_platform_version=0,
        generation_id="",
        has_vendor_device=False,
    )


def _certificate(db: Database, host: str, kind: str, now: float) -> None:
    until = datetime.datetime.fromtimestamp(now, datetime.UTC)
    print_of = db.new_uuid().replace("-", "").upper()
    pairs = ":".join(print_of[at : at + 2] for at in range(0, len(print_of), 2))
    db.create(
        "Certificate",
        host=host,
        type=kind,
        not_before=stamp(now - 30 * _DAY_S),
        not_after=stamp(until.replace(year=until.year + VALID_YEARS, day=1).timestamp()),
        fingerprint=f"{pairs}:{pairs}",
        fingerprint_sha256=f"{pairs}:{pairs}",
        fingerprint_sha1=f"{pairs}:{pairs[:11]}",
    )
