# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GET /updates: what every host lacks, as JSON (``xapi.md`` 6.4)."""

from __future__ import annotations

import json
import typing as t

from . import cdn, guidance
from .errors import XapiError
from .rows import machine_of, pool_row

if t.TYPE_CHECKING:
    from ..software import Package
    from ..world import World
    from .database import Database

TITLES = {
    "reboot": "RebootHost",
    "toolstack": "RestartToolstack",
    "device_model": "RestartDeviceModel",
    "vm": "RestartVM",
}


def listing(world: World, db: Database, hosts: t.Sequence[str]) -> str:
    """The document for these hosts.

    :raises XapiError: no repository is enabled, or it has not been synced.
    """
    repository = db.row("Repository", cdn.enabled(db))
    if not cdn.is_synced(db):
        raise XapiError("INVALID_REPOMD_XML")
    live = not pool_row(db)["live_patching_disabled"]
    lacking = {host: machine_of(world, db, host).software.pending() for host in hosts}
    updates = {package.uuid: package for packages in lacking.values() for package in packages}
    document = {
        "hosts": [_host(host, packages, live=live) for host, packages in lacking.items()],
        "updates": [_update(package, live=live) for package in updates.values()],
        "hash": repository["hash"],
    }
    return json.dumps(document)


def _host(host: str, packages: t.Sequence[Package], *, live: bool) -> dict[str, t.Any]:
    return {
        "ref": host,
        "updates": [package.uuid for package in packages],
        "RPMS": [f"{package.name}-{package.evr}.x86_64.rpm" for package in packages],
        "guidance": _guidance(packages, live=live),
        "livepatches": [_live_patch(package) for package in packages if package.livepatch and live],
    }


def _update(package: Package, *, live: bool) -> dict[str, t.Any]:
    return {
        "id": package.uuid,
        "title": package.name,
        "summary": package.description,
        "description": package.description,
        "type": "security" if package.livepatch else "bugfix",
        "severity": "None",
        "issued": "19700101T00:00:00Z",
        "url": package.url,
        "spec_info": "",
        "guidance": _guidance([package], live=live),
        "livepatches": [_live_patch(package)] if package.livepatch else [],
    }


def _guidance(packages: t.Sequence[Package], *, live: bool) -> dict[str, list[str]]:
    words = guidance.follows(packages, live=live)
    titles = {urgency: [TITLES[word] for word in found] for urgency, found in words.items()}
    patched = any(package.livepatch for package in packages)
    return {**titles, "livepatch": ["RebootHostOnXenLivePatchFailure"] if patched else []}


def _live_patch(package: Package) -> dict[str, str]:
    return {"component": "xen", "base_version": "", "to_version": package.version, "to_release": package.release}
