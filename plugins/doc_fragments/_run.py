# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The run that a task is part of.

    Note that this is a private fragment: it may change at any time.
    """

    DOCUMENTATION = r"""
options:
  run_id:
    description:
      - The run that this task is part of, as M(xencloud.maintenance.maintenance_run) started it; none when empty.
      - What is changed for a while is noted in the run's record before it is changed, each change is a step of its
        report, and its lease is renewed while something is waited for.
      - Nothing is changed when another run holds the pool by now.
    type: str
  mirror_dir:
    description:
      - Folder on the controller that mirrors the records of runs in flight.
      - It serves the hour in which the pool does not answer. Where it cannot be written, a warning says so, and the
        run goes on with the record in the pool.
    type: path
    default: ~/.ansible/xencloud_maintenance
"""
