# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pool.join: what is asked of both sides, in xapi's order (``xapi.md`` 4.1)."""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass

from . import generations
from .errors import XapiError
from .role import Role
from .rows import guests_on, host_ref, is_guest, pool_row

if t.TYPE_CHECKING:
    from ..machines import Machine
    from .database import Database
    from .toolstack import Toolstack

NO_ROUTE = "Connection failed: no route to host."
MUST_BE_EQUAL = ("platform_version", "product_brand")
SOFTWARE = ("product_version", "xapi_build", "build_number")
UNWANTED = (
    ("Bond", "POOL_JOINING_HOST_HAS_BONDS"),
    ("tunnel", "POOL_JOINING_HOST_HAS_TUNNELS"),
    ("network_sriov", "POOL_JOINING_HOST_HAS_NETWORK_SRIOVS"),
    ("VLAN", "POOL_JOINING_HOST_HAS_NON_MANAGEMENT_VLANS"),
)


@dataclass(slots=True)
class Join:
    """Who joins whom.

    :ivar db: the database that the joiner sees: its own, unless it is a member already.
    """

    joiner: Toolstack
    db: Database
    master: Toolstack
    pool_db: Database


def is_address(text: str) -> bool:
    """Whether this is an IP address and not a name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def find_master(joiner: Machine, address: str) -> Toolstack:
    """Who answers there as a master, password aside.

    :raises XapiError: nobody, or somebody else.
    """
    world = joiner.world
    machine = world.machines.get(address) or world.machine_at(address)
    if machine is None and not is_address(address):
        raise XapiError("JOINING_HOST_CONNECTION_FAILED")
    if machine is None or not joiner.reaches(machine):
        raise XapiError("INTERNAL_ERROR", NO_ROUTE)
    toolstack = machine.toolstack
    if not toolstack.running:
        raise XapiError("JOINING_HOST_SERVICE_FAILED")
    if toolstack.emergency is not None:
        raise toolstack.emergency
    if toolstack.role is not Role.MASTER or toolstack.db is None:
        raise XapiError("HOST_IS_SLAVE", toolstack.master_address)
    return toolstack


def assert_may_join(join: Join, *, force: bool) -> None:
    """Every precondition after the login.

    :raises XapiError: the first that fails.
    """
    _assert_no_ha(join)
    if join.master is join.joiner:
        raise XapiError("OPERATION_NOT_ALLOWED", "Host cannot become slave of itself")
    if len(join.db.rows("host")) > 1:
        raise XapiError("JOINING_HOST_CANNOT_BE_MASTER_OF_OTHER_HOSTS")
    _assert_quiet(join)
    _assert_guidance(join.db)
    _assert_guidance(join.pool_db)
    _assert_alike(join, force=force)
    _assert_storage_and_networks(join.db)
    _assert_same_ways(join)
    ways = join.joiner.pool.profile.update_way
    software = (toolstack.machine.software for toolstack in (join.joiner, join.master))
    generations.assert_homogeneous(ways, *software, force=force)
    _assert_no_update_runs(join.pool_db)


def _assert_no_ha(join: Join) -> None:
    if any(pool_row(db)["ha_enabled"] for db in (join.db, join.pool_db)):
        raise XapiError("HA_IS_ENABLED")


def _assert_quiet(join: Join) -> None:
    db = join.db
    guests = [row for row in db.rows("VM").values() if is_guest(row)]
    if guests_on(db, host_ref(db, join.joiner.machine)) or any(row["power_state"] == "Running" for row in guests):
        raise XapiError("JOINING_HOST_CANNOT_HAVE_RUNNING_VMS")
    if any(row["power_state"] == "Suspended" for row in guests):
        raise XapiError("JOINING_HOST_CANNOT_HAVE_RUNNING_OR_SUSPENDED_VMS")
    if any(row["current_operations"] for row in guests):
        raise XapiError("JOINING_HOST_CANNOT_HAVE_VMS_WITH_CURRENT_OPERATIONS")


def _assert_guidance(db: Database) -> None:
    for host, row in db.rows("host").items():
        if row.get("pending_guidances"):
            raise XapiError("HOST_PENDING_MANDATORY_GUIDANCE_NOT_EMPTY", host)


def _assert_alike(join: Join, *, force: bool) -> None:
    """join_force forgives other versions and processors, never another platform."""
    ours, theirs = _host(join.joiner, join.db), _host(join.master, join.pool_db)
    if _versions(ours, MUST_BE_EQUAL) != _versions(theirs, MUST_BE_EQUAL):
        raise XapiError("POOL_HOSTS_NOT_COMPATIBLE")
    if force:
        return
    if _versions(ours, SOFTWARE) != _versions(theirs, SOFTWARE):
        raise XapiError("POOL_HOSTS_NOT_HOMOGENEOUS", "Software version differs")
    if ours["cpu_info"].get("vendor") != theirs["cpu_info"].get("vendor"):
        raise XapiError("POOL_HOSTS_NOT_HOMOGENEOUS", "CPUs differ")


def _assert_storage_and_networks(db: Database) -> None:
    if any(row["shared"] and not row.get("is_tools_sr") for row in db.rows("SR").values()):
        raise XapiError("JOINING_HOST_CANNOT_CONTAIN_SHARED_SRS")
    for cls, code in UNWANTED:
        if db.rows(cls):
            raise XapiError(code)


def _assert_same_ways(join: Join) -> None:
    ours, theirs = _host(join.joiner, join.db), _host(join.master, join.pool_db)
    if ours["external_auth_type"] != theirs["external_auth_type"]:
        raise XapiError("POOL_JOINING_EXTERNAL_AUTH_MISMATCH")
    if _sdn_controllers(join.db) != _sdn_controllers(join.pool_db):
        raise XapiError("OPERATION_NOT_ALLOWED", "SDN controller differs")
    if _address_type(join.joiner, join.db) != _address_type(join.master, join.pool_db):
        raise XapiError("OPERATION_NOT_ALLOWED", "Primary address type differs")
    for keys, code in (
        (("API_version_major", "API_version_minor"), "POOL_JOINING_HOST_MUST_HAVE_SAME_API_VERSION"),
        (("software_version",), "POOL_JOINING_HOST_MUST_HAVE_SAME_DB_SCHEMA"),
    ):
        left, right = (_text(row, keys) for row in (ours, theirs))
        if left != right:
            raise XapiError(code, left, right)
    if pool_row(join.db).get("tls_verification_enabled") != pool_row(join.pool_db).get("tls_verification_enabled"):
        raise XapiError("POOL_JOINING_HOST_TLS_VERIFICATION_MISMATCH")


def _sdn_controllers(db: Database) -> set[tuple[t.Any, ...]]:
    return {(row["protocol"], row["address"], row["port"]) for row in db.rows("SDN_controller").values()}


def _address_type(toolstack: Toolstack, db: Database) -> str:
    """The kind of address of the management interface; releases before 6.1 have IPv4 alone."""
    interfaces = (db.row("PIF", ref) for ref in db.related("host", host_ref(db, toolstack.machine), "PIFs"))
    return next((str(row.get("primary_address_type", "")) for row in interfaces if row["management"]), "")


def _assert_no_update_runs(db: Database) -> None:
    if "apply_updates" in pool_row(db)["current_operations"].values():
        raise XapiError("NOT_SUPPORTED_DURING_UPGRADE")


def _host(toolstack: Toolstack, db: Database) -> t.Mapping[str, t.Any]:
    return db.row("host", host_ref(db, toolstack.machine))


def _versions(row: t.Mapping[str, t.Any], keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(row["software_version"].get(key, "") for key in keys)


def _text(row: t.Mapping[str, t.Any], keys: tuple[str, ...]) -> str:
    if keys == ("software_version",):
        return str(row["software_version"].get("db_schema", ""))
    return ".".join(str(row[key]) for key in keys)
