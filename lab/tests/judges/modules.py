# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible modules of others, run as a user runs them: by ``ansible`` itself, over the network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

LIMIT_S = 90
Result = dict[str, t.Any]


class Modules:
    """The modules of one collection.

    :ivar arguments: given to each of them, such as where to log in.
    """

    def __init__(self, collections: Path, collection: str, folder: Path, environment: dict[str, str]) -> None:
        self._collection = collection
        self._environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOLOR": "1",
            **environment,
        }
        self.arguments: dict[str, t.Any] = {}

    def run(self, module: str, *, check: bool = False, **arguments: t.Any) -> Result:
        """What the module says."""
        given = json.dumps({**self.arguments, **arguments})
        name = f"{self._collection}.{module}"
        command = [sys.executable, "-m", "ansible", "adhoc", "localhost", "-m", name, "-a", given]
        command += [
            "-c",
            "local",
            "-e",
            # As JSON: the checkout may stand in a folder with a space in its name.
            json.dumps({"ansible_python_interpreter": sys.executable}),
            *(["--check"] if check else []),
        ]
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
        _status, found, answer = done.stdout.partition("=> ")
        assert found, done.stdout + done.stderr
        return t.cast(Result, json.loads(answer))

    def succeed(self, module: str, **arguments: t.Any) -> Result:
        """The same, when it must not fail."""
        result = self.run(module, **arguments)
        assert not result.get("failed"), result.get("msg")
        return result
