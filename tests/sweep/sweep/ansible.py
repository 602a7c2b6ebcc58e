# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-playbook in forked children of a process that has Ansible imported already: the real one, a second sooner."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

from support.processes import kill_all

from .labtime import WAITER, live_in

LOOK_EVERY_S = 0.005
TIMED_OUT = 250
COLLECTION = "ansible_collections.xencloud.maintenance.plugins"
# What ansible-playbook loads each time before the first task.
BUILT_IN = (
    "action.normal",
    "become.su",
    "become.sudo",
    "cache.memory",
    "callback.default",
    "connection.local",
    "inventory.auto",
    "inventory.host_list",
    "inventory.ini",
    "inventory.script",
    "inventory.toml",
    "inventory.yaml",
    "shell.powershell",
    "shell.sh",
    "vars.host_group_vars",
)


@dataclass(frozen=True)
class Ended:
    """How a playbook ended, and everything it printed."""

    rc: int
    log: Path

    @property
    def output(self) -> str:
        return self.log.read_text("utf-8", "replace")


def preload() -> None:
    """Import once what every playbook needs."""
    import cs  # noqa: F401
    import XenAPI  # noqa: F401
    from ansible.cli.playbook import PlaybookCLI  # noqa: F401
    from ansible.executor.playbook_executor import PlaybookExecutor  # noqa: F401
    from ansible.plugins.loader import filter_loader, init_plugin_loader, test_loader
    from ansible.plugins.strategy import linear  # noqa: F401

    init_plugin_loader()
    waiter = importlib.import_module(WAITER)
    plugins = Path(waiter.__file__ or "").parents[2]
    _import_all(COLLECTION, [*plugins.glob("action/*.py"), *plugins.glob("module_utils/**/*.py")], plugins)
    for name in BUILT_IN:
        importlib.import_module(f"ansible.plugins.{name}")
    list(filter_loader.all())
    list(test_loader.all())
    gc.collect()
    gc.freeze()


def _import_all(package: str, files: t.Iterable[Path], root: Path) -> None:
    for file in files:
        if file.stem != "__init__":
            importlib.import_module(".".join((package, *file.relative_to(root).with_suffix("").parts)))


def begin(arguments: t.Sequence[str], folder: Path, log: Path, control: str) -> int:
    """Start a playbook in a folder that is its home and in the time of a lab; the child's process id."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _become(arguments, folder, log, control)
    return child


def wait(child: int, log: Path, limit_s: float) -> Ended:
    """Its end; a playbook that takes longer is killed with all its workers."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return Ended(os.waitstatus_to_exitcode(status), log)
        time.sleep(LOOK_EVERY_S)
    kill(child)
    return Ended(TIMED_OUT, log)


def kill(child: int) -> None:
    """As a machine that loses power."""
    kill_all(child)
    os.waitpid(child, 0)


def _become(arguments: t.Sequence[str], folder: Path, log: Path, control: str) -> t.NoReturn:
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.environ.update(HOME=str(folder), ANSIBLE_HOME=str(folder / "ansible"))
        os.chdir(folder)
        _redirect(log)
        live_in(control)
        from ansible.cli.playbook import PlaybookCLI

        PlaybookCLI.cli_executor(["ansible-playbook", *arguments])
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _redirect(log: Path) -> None:
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, file in ((0, nothing), (1, out), (2, out)):
        os.dup2(file, number)
