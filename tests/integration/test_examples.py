# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every example of every module's documentation does what it says, on an estate that has its names."""

from __future__ import annotations

import ast
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from support import promises
from support.lab import Lab
from support.player import Player
from support.preparations import HA_OFF, OUT, PREFIX

Json = dict[str, t.Any]

MODULES = Path(__file__).parents[2] / "plugins" / "modules"
CONNECTION = {"hostname", "password", "joiner_password", "ca_path", "members", "api_url", "api_key", "api_secret"}

# What an example takes for granted.
BEFORE: dict[str, list[Json]] = {
    "cloudstack_host": [{PREFIX + "cloudstack_host_maintenance": {"host": "xen03", "state": "maintenance"}}],
    "cloudstack_vm_migrate": [
        {PREFIX + "maintenance_plan": {"mode": "drain", "hosts": ["xen01"]}, "register": "look"},
    ],
    "xapi_host_power": OUT,
    "xapi_host_update": OUT,
    "xapi_pool_master": [HA_OFF],
    "xapi_pool_member": [HA_OFF],
}


def examples(module: Path) -> list[Json]:
    """The tasks of a module's EXAMPLES, on the lab's addresses and with the play's connections."""
    text = next(
        ast.literal_eval(node.value)
        for node in ast.parse(module.read_text()).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES"
    )
    tasks: list[Json] = yaml.safe_load(re.sub(r"192\.0\.2\.(\d+)", r"127.0.1.\1", text))
    for task in tasks:
        for name, options in task.items():
            if name.startswith(PREFIX):
                task[name] = {key: value for key, value in (options or {}).items() if key not in CONNECTION}
    return tasks


@pytest.mark.parametrize("module", sorted(MODULES.glob("*.py")), ids=lambda path: path.stem)
def test_the_examples_run(start_lab: t.Callable[..., Lab], player: Player, module: Path) -> None:
    lab = start_lab("examples.yml")
    tasks = [*BEFORE.get(module.stem, []), *examples(module)]
    # Hosts have their own clocks: a moment before their boot in this estate is long ago.
    played = player.tasks(lab, tasks, "-e", f"patched_at={lab.state()['clock']['now']}")
    assert played.rc == 0, played.output
    promises.no_vm_suffered(lab.book())
