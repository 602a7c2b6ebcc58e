# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Updates of a host as data: what is missing, what that needs, and what the updater says.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import asdict, dataclass

from .errors import MaintenanceError
from .estate import Host

XCP_NG = "XCP-ng"


@dataclass(frozen=True, slots=True, order=True)
class Update:
    """A package that a newer version exists of."""

    name: str
    version: str
    release: str

    def as_dict(self) -> dict[str, t.Any]:
        """The update as playbooks read it."""
        return asdict(self)


def require_supported(host: Host) -> None:
    """Raise unless the product is one that this release can update."""
    brand = host.software_version.get("product_brand", "")
    if brand != XCP_NG:
        version = host.software_version.get("product_version", "")
        raise MaintenanceError(
            f"{host.name}: updating {brand or 'this product'} {version} is not supported yet. "
            "Update it with the vendor's tools; draining and restarting work."
        )


def parse_updates(text: str, host: str) -> list[Update]:
    """What the updater's ``check_update`` answers (xapi.md 6.5)."""
    try:
        return sorted(Update(str(u["name"]), str(u["version"]), str(u["release"])) for u in json.loads(text))
    except (ValueError, KeyError, TypeError):
        raise MaintenanceError(
            f"{host}: its updater answers what is not a list of updates. Look at the plugin's log on the host."
        ) from None


def only(updates: t.Sequence[Update], packages: t.Sequence[str]) -> list[Update]:
    """The updates of these packages; of all when none is named."""
    return [update for update in updates if not packages or update.name in packages]


def is_busy(code: str, params: t.Sequence[str]) -> bool:
    """True when the updater plugin refuses because it, or yum, is at work already (xapi.md 6.5)."""
    text = " ".join(params[:1]).lower()
    return code == "-1" and ("is busy" in text or "already in progress" in text)


def complaint(answer: str) -> str | None:
    """Why an ``update`` failed, in yum's own last words; None when it succeeded."""
    try:
        report = json.loads(answer)
        code = int(report.get("returncode", report.get("exit", 0)))
    except (ValueError, TypeError, AttributeError):
        return None
    if code == 0:
        return None
    said = [line for line in str(report.get("stderr") or report.get("stdout") or "").splitlines() if line.strip()]
    return f"yum ended with code {code}: {said[-1].strip() if said else 'it gives no reason'}"
