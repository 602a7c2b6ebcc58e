# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration: a simulated estate, a real playbook run, and what the lab's book of truth says about it."""

from __future__ import annotations

import sys


def main(argv: list[str]) -> int:
    """Arguments as given after ``./run demo``; the exit code for the shell."""
    raise SystemExit("demo: it is not written yet. Use './run lab --help' and './run play' meanwhile.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
