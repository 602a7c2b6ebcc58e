# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to follow an update of XenServer 8, on the host and its guests, until it is done (``xapi.md`` 6.4).

Guidance is merged as the daemon does it: a reboot makes the smaller measures for the host
superfluous, and an applied live patch the reboot.
"""

from __future__ import annotations

import typing as t

from .rows import GUIDANCE_FIELDS, guests_on, host_ref

if t.TYPE_CHECKING:
    from ..software import Package
    from .database import Database
    from .toolstack import Toolstack

WORDS = {
    "reboot": "reboot_host",
    "toolstack": "restart_toolstack",
    "device_model": "restart_device_model",
    "vm": "restart_vm",
}
OF_HOST = ("reboot", "toolstack")
OF_VM = ("device_model", "vm")
LIVEPATCH_FAILED = "reboot_host_on_xen_livepatch_failure"


def follows(packages: t.Iterable[Package], *, live: bool) -> dict[str, list[str]]:
    """What has to follow these packages, by urgency, in the lab's words.

    :param live: live patches are used where there are any.
    """
    found: dict[str, set[str]] = {"mandatory": set(), "recommended": set(), "full": set()}
    for package in packages:
        needs = set(package.needs())
        found["full"] |= needs | set(package.recommended)
        found["recommended"] |= set(package.recommended)
        found["mandatory"] |= needs - {"reboot"} if package.livepatch and live else needs
    return {urgency: _merged(words) for urgency, words in found.items()}


def _merged(words: set[str]) -> list[str]:
    superfluous = {"toolstack", "device_model"} if "reboot" in words else set()
    return [word for word in WORDS if word in words - superfluous]


def remember(db: Database, host: str, packages: t.Sequence[Package], *, live: bool) -> None:
    """Add what has to follow to the host, and to the guests on it."""
    for urgency, words in follows(packages, live=live).items():
        field = GUIDANCE_FIELDS[urgency]
        _add(db, "host", host, field, [WORDS[word] for word in words if word in OF_HOST])
        for vm in guests_on(db, host):
            _add(db, "VM", vm, field, [WORDS[word] for word in words if word in OF_VM])


def _add(db: Database, cls: str, ref: str, field: str, words: t.Iterable[str]) -> None:
    old = db.row(cls, ref)[field]
    db.set(cls, ref, **{field: [*old, *(word for word in words if word not in old)]})


def add_mandatory(db: Database, host: str, word: str) -> None:
    """One more thing that has to follow on this host."""
    _add(db, "host", host, GUIDANCE_FIELDS["mandatory"], [word])


def host_started(toolstack: Toolstack, db: Database, *, booted: bool) -> None:
    """A start of the toolstack, or of the whole host, does what was asked for."""
    host = host_ref(db, toolstack.machine)
    for field in GUIDANCE_FIELDS.values():
        left = [] if booted else [w for w in db.row("host", host)[field] if w != WORDS["toolstack"]]
        db.set("host", host, **{field: left})


def device_model_is_new(db: Database, vm: str) -> None:
    """A migration gives a guest a new device model."""
    for field in GUIDANCE_FIELDS.values():
        words = db.row("VM", vm)[field]
        if WORDS["device_model"] in words:
            db.set("VM", vm, **{field: [word for word in words if word != WORDS["device_model"]]})
