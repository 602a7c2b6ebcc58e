# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Updates of an estate file as packages, and the files that stand for them in an upload.

Real update files are signed and proprietary. In the lab the file of an update is the text
``xencloud-lab update NAME``, wherever a client uploads one: as a pool patch, or as the contents of
the disk that a pool update is introduced from.
"""

from __future__ import annotations

import re
import uuid

from .estate import UpdateSpec
from .software import Package

_MIB = 1024 * 1024
_NAMESPACE = uuid.UUID("6f0f6e0e-5b38-4f6d-9d0a-6f1f1b3a5a10")
_FILE = re.compile(rb"xencloud-lab update (\S+)")


def package(spec: UpdateSpec) -> Package:
    """The package of one entry of ``updates``; its uuid follows from its name."""
    return Package(
        spec.name,
        spec.version,
        spec.release,
        tuple(spec.sets.items()),
        f"Update of {spec.name}",
        size_bytes=round(spec.size_mib * _MIB),
        uuid=spec.uuid or str(uuid.uuid5(_NAMESPACE, spec.name)),
        guidance=spec.guidance,
        recommended=spec.recommended,
        requires=spec.requires,
        conflicts=spec.conflicts,
        livepatch=spec.livepatch,
        homogeneous=spec.homogeneous,
        refuses=spec.refuses,
        uploaded=spec.uploaded,
    )


def file_of(name: str) -> bytes:
    """The file that stands for an update."""
    return f"xencloud-lab update {name}\n".encode()


def named_in(contents: bytes) -> str | None:
    """The update that a file stands for; None when it is none of the lab's."""
    found = _FILE.match(contents)
    return found.group(1).decode("utf-8", "replace") if found else None
