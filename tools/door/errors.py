# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One exception, caught once, in ``cli.main``: what a person has to know, in one sentence."""

from __future__ import annotations


class DoorError(Exception):
    """``object: what is wrong. What to do.``"""
