# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks, in the order in which they start: the longest first, so that both cores are busy to the end."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

from door.awx import ensure_awx
from door.check import Check, SkipError, Step
from door.conformance import MODULE, transcripts
from door.env import Environment, check_environment
from door.home import ensure_pip_seed
from door.paths import BUILD, COLLECTION, LAB, ROOT
from door.second import ensure_second, version_of
from door.sources import git_files
from door.stage import ensure_staged
from door.sweep import MODULE as SWEEP
from door.sweep import sweep_paths
from door.venv import python_of

TESTS = BUILD / "test"
SECOND = BUILD / "second"
INTEGRATION = ROOT / "tests" / "integration"
SWEEP_TESTS = ROOT / "tests" / "sweep"
# Cases of each role: a few minutes on two cores.
SAMPLE = "8"
AWX = ROOT / "tests" / "awx"
# The last Python that the ansible-test of the main venv knows.
SANITY_UNTIL = (3, 13)


class Checks:
    """Every check is a method that returns its commands; ``venv`` is the one with the test requirements."""

    def __init__(self, venv: Path) -> None:
        self.venv = venv
        self.environment = check_environment(venv)

    def all(self) -> list[Check]:
        return [
            Check("sanity", self.sanity),
            Check("ruff", self.ruff),
            Check("yamllint", self.yamllint),
            Check("reuse", self.reuse),
            Check("changelog", self.changelog),
            Check("artefact", self.artefact),
            Check("mypy", self.mypy),
            Check("ansible-lint", self.ansible_lint),
            Check("docs-lint", self.docs_lint),
            Check("docs", self.docs),
            Check("tools", self.tools),
            Check("unit", self.unit),
            Check("lab-unit", self.lab_unit, group="lab"),
            Check("conformance", self.conformance),
            Check("integration", self.integration, group="lab"),
            Check("molecule", self.molecule, group="lab"),
            Check("sweep", self.sweep, group="lab"),
            Check("awx", self.awx, group="lab"),
            Check("second-python", self.second_python),
        ]

    # -- the text of the files

    def ruff(self) -> list[Step]:
        return [self._step("ruff", "check", "."), self._step("ruff", "format", "--check", ".")]

    def yamllint(self) -> list[Step]:
        return [self._step("yamllint", "--strict", ".")]

    def reuse(self) -> list[Step]:
        if git_files() is None:
            raise SkipError("not a git checkout, so build/ cannot be told from sources")
        return [self._step("reuse", "lint")]

    def changelog(self) -> list[Step]:
        return [self._step("antsibull_changelog", "lint")]

    def artefact(self) -> list[Step]:
        tools = self.environment | {"PYTHONPATH": str(ROOT / "tools")}
        return [Step(self._python("door.artefact"), tools)]

    # -- the collection as code

    def mypy(self) -> list[Step]:
        self._staged_tests()
        parts = [COLLECTION / part for part in ("plugins", "tests/unit") if holds(TESTS / COLLECTION / part, "*.py")]
        lab = [Path(part) for part in ("src", "tests", "tools") if holds(LAB / part, "*.py")]
        tools = [Path("door"), Path("tests")]
        steps = [self._mypy("collection", TESTS, parts), self._mypy("tools", ROOT / "tools", tools)]
        if lab:
            steps.append(self._mypy("lab", LAB, lab, [LAB / "src", LAB / "tests"]))
        if holds(INTEGRATION, "*.py"):
            steps.append(self._mypy("integration", INTEGRATION, [Path()]))
        if holds(SWEEP_TESTS, "*.py"):
            steps.append(self._mypy("sweep", SWEEP_TESTS, [Path()], [SWEEP_TESTS, INTEGRATION]))
        if holds(AWX, "*.py"):
            steps.append(self._mypy("awx", AWX, [Path()], [AWX, INTEGRATION]))
        return steps

    def ansible_lint(self) -> list[Step]:
        ensure_staged(self.venv)
        return [self._step("ansiblelint", "--profile", "production", "--offline", "--nocolor")]

    def docs_lint(self) -> list[Step]:
        staged = self._staged_tests()
        environment = self.environment | {"ANSIBLE_COLLECTIONS_PATH": str(TESTS)}
        arguments = ("lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "all", ".")
        return [Step([str(self.venv / "bin" / "antsibull-docs"), *arguments], environment, staged)]

    def docs(self) -> list[Step]:
        """The pages, strictly: a link that leads nowhere fails."""
        ensure_staged(self.venv)
        return [Step(self._python("door.docs"), self.environment | {"PYTHONPATH": str(ROOT / "tools")})]

    def sanity(self) -> list[Step]:
        version = version_of(self.venv)
        if tuple(int(part) for part in version.split(".")) > SANITY_UNTIL:
            raise SkipError(f"the ansible-test of requirements/test.txt does not know Python {version}")
        return self._sanity(self.venv, self.environment, self._staged_tests())

    # -- tests

    def tools(self) -> list[Step]:
        need(ROOT / "tools" / "tests", "test_*.py")
        environment = self.environment | {"PYTHONPATH": str(ROOT / "tools")}
        return [self._pytest("tests", environment, ROOT / "tools")]

    def unit(self) -> list[Step]:
        need(ROOT / "tests" / "unit", "test_*.py")
        return [self._pytest("tests/unit", self.environment | {"PYTHONPATH": str(TESTS)}, self._staged_tests())]

    def lab_unit(self) -> list[Step]:
        need(LAB / "tests", "test_*.py")
        return [self._pytest("tests", self.environment, LAB)]

    def conformance(self) -> list[Step]:
        return [self._step(MODULE, str(transcripts()))]

    def integration(self) -> list[Step]:
        need(INTEGRATION, "test_*.py")
        ensure_staged(self.venv)
        # The playbooks wait for the labs most of the time, each test for a lab of its own.
        return [self._pytest("tests/integration", self.environment, ROOT, more=("-n", "3"))]

    def awx(self) -> list[Step]:
        """Job templates by ansible-runner, awx_setup by the modules of awx.awx."""
        need(AWX, "test_*.py")
        ensure_staged(self.venv)
        environment = self.environment | {"AWX_COLLECTION": str(ensure_awx(self.venv))}
        # The tests of awx_setup share one AWX, so they stay together; the jobs have labs of their own.
        apart = self._pytest(
            "tests/awx", environment, ROOT, more=("-n", "3", "--ignore", "tests/awx/test_awx_setup.py")
        )
        return [self._pytest("tests/awx/test_awx_setup.py", environment, ROOT), apart]

    def molecule(self) -> list[Step]:
        need(ROOT / "extensions" / "molecule", "molecule.yml")
        ensure_staged(self.venv)
        return [Step([str(self.venv / "bin" / "molecule"), "test", "--all"], self.environment)]

    def sweep(self) -> list[Step]:
        """A sample of the crash points of the swept roles; all of them are ``./run sweep``."""
        need(SWEEP_TESTS, "test_*.py")
        ensure_staged(self.venv)
        environment = self.environment | sweep_paths()
        sample = ("--sample", SAMPLE, "--folder", str(BUILD / "sweep-sample"))
        return [
            self._pytest("tests/sweep", environment, ROOT),
            Step(self._python(SWEEP, *sample), environment),
        ]

    def second_python(self) -> list[Step]:
        """Units, sanity and the playbooks' syntax under a newer Python and ansible-core."""
        venv = ensure_second()
        staged = ensure_staged(venv, SECOND, with_tests=True)
        environment = check_environment(venv, SECOND)
        python = str(python_of(venv))
        steps = self._sanity(venv, environment, staged)
        if holds(staged / "tests" / "unit", "test_*.py"):
            units = environment | {"PYTHONPATH": str(SECOND)}
            steps.append(self._pytest("tests/unit", units, staged, python))
        found = (staged / "playbooks").glob("*.yml")
        books = sorted(str(book) for book in found if not book.name.endswith(".meta.yml"))
        syntax = [python, "-m", "ansible", "playbook", "--syntax-check", "-i", "localhost,", *books]
        return [*steps, *([Step(syntax, environment, staged)] if books else [])]

    # -- how commands are put together

    def _python(self, module: str, *arguments: str) -> list[str]:
        return [str(python_of(self.venv)), "-m", module, *arguments]

    def _step(self, module: str, *arguments: str) -> Step:
        return Step(self._python(module, *arguments), self.environment)

    def _staged_tests(self) -> Path:
        return ensure_staged(self.venv, TESTS, with_tests=True)

    def _sanity(self, venv: Path, environment: Environment, staged: Path) -> list[Step]:
        """First the venvs of the sanity tests, then the tests: pip's chatter must not bury what they say."""
        ensure_pip_seed(venv)
        program = [str(python_of(venv)), "-m", "ansible", "test", "sanity"]
        command = [*program, "--python", version_of(venv), "--color", "no", "--truncate", "0"]
        tests = Step(command, environment, staged, forbidden="All targets skipped")
        return [Step([*command, "--prime-venvs"], environment, staged), tests]

    def _mypy(self, name: str, folder: Path, parts: t.Sequence[Path], roots: t.Sequence[Path] = ()) -> Step:
        options = ("--config-file", str(ROOT / "mypy.ini"), "--cache-dir", str(BUILD / "mypy" / name))
        environment = self.environment | {"MYPYPATH": os.pathsep.join(map(str, roots or [folder]))}
        return Step(self._python("mypy", *options, *map(str, parts)), environment, folder)

    def _pytest(
        self, tests: str, environment: Environment, folder: Path, python: str = "", more: t.Sequence[str] = ()
    ) -> Step:
        options = ["-o", f"cache_dir={BUILD / 'pytest'}", "--color=no", "-ra", *more]
        # The unit tests mirror the plugins' folders, so two tests in two folders may have one name.
        options += ["--import-mode=importlib"] if tests == "tests/unit" else []
        return Step([python or str(python_of(self.venv)), "-m", "pytest", *options, tests], environment, folder)


def holds(folder: Path, pattern: str) -> bool:
    return next(folder.rglob(pattern), None) is not None


def need(folder: Path, pattern: str) -> None:
    """A folder that does not exist is somebody's later work; one without tests is not worth a run either."""
    place = folder.relative_to(ROOT)
    if not folder.is_dir():
        raise SkipError(f"{place} does not exist")
    if not holds(folder, pattern):
        raise SkipError(f"{place} holds no {pattern}")
