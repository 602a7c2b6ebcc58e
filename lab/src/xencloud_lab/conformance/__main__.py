# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python -m xencloud_lab.conformance DIR``: replay a folder of recordings."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .known import load_known
from .replay import replay
from .report import Report
from .transcript import TranscriptError, load_all


def main(argv: list[str] | None = None) -> int:
    """Print the report; 0 when every answer is alike or a known difference."""
    parser = argparse.ArgumentParser(prog="conformance", description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder of transcripts")
    parser.add_argument("--only", default="", help="only files or areas whose name has this in it")
    options = parser.parse_args(argv)
    try:
        transcripts = load_all(options.folder)
    except TranscriptError as error:
        print(error, file=sys.stderr)
        return 2
    chosen = [one for one in transcripts if options.only in one.name or options.only == one.area]
    report = Report([replay(one) for one in chosen], load_known())
    print("\n".join(report.lines()))
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
