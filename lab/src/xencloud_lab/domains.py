# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domains: guests that really run, whatever any database says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Domain:
    """A running instance of a VM on one machine.

    :ivar never_migrates: it changes its memory too fast: a live migration of it never ends.
    :ivar ignores_shutdown: only a hard shutdown ends it.
    :ivar paused: it has its memory and gets no processor time.
    """

    vm_uuid: str
    name: str
    memory_mib: int
    machine: str
    since: float
    never_migrates: bool = False
    ignores_shutdown: bool = False
    paused: bool = False
