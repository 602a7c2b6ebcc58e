# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What children see of the caller's world."""

from __future__ import annotations

from pathlib import Path

import pytest

from door import env, home, venv

VENV = Path("/somewhere/venv")


def test_shims_go_and_the_venv_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/opt/pyenv/shims:/usr/bin:/opt/asdf/shims/")
    assert env.search_path(VENV) == "/somewhere/venv/bin:/usr/bin"


def test_pip_variables_reach_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example.test/simple")
    assert env.child_environment(VENV)["PIP_INDEX_URL"] == "https://index.example.test/simple"


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_INDEX_FILE", "PYTHONPATH", "PYTHONHOME"])
def test_what_would_mislead_children_stays_behind(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "/elsewhere")
    assert name not in env.child_environment(VENV)


def test_the_callers_ansible_settings_reach_plays_but_not_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_STDOUT_CALLBACK", "minimal")
    assert env.child_environment(VENV)["ANSIBLE_STDOUT_CALLBACK"] == "minimal"
    assert "ANSIBLE_STDOUT_CALLBACK" not in env.check_environment(VENV)


def test_pip_variables_become_a_file_for_their_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://user:100%secret@index.example.test/simple")
    file = tmp_path / "pip" / "pip.conf"
    home.write_pip_variables(file)
    assert "extra-index-url = https://user:100%secret@index.example.test/simple" in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


def test_a_link_follows_its_target_when_that_moves(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).write_text(name)
        home.link(tmp_path / "home" / "pip.conf", tmp_path / name)
    assert (tmp_path / "home" / "pip.conf").read_text() == "new"


def test_a_link_to_nothing_is_not_made(tmp_path: Path) -> None:
    home.link(tmp_path / "home" / "pip.conf", tmp_path / "missing")
    assert not (tmp_path / "home" / "pip.conf").is_symlink()


@pytest.fixture
def pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(venv, "REQUIREMENTS", tmp_path)
    (tmp_path / "demo.txt").write_text("one==1\n")
    (tmp_path / "test.txt").write_text("-r demo.txt\ntwo==2\n")
    return tmp_path


def test_a_changed_pin_of_an_included_file_changes_the_fingerprint(pins: Path) -> None:
    before = venv.fingerprint("test", "/usr/bin/python3", VENV)
    (pins / "demo.txt").write_text("one==1.1\n")
    assert venv.fingerprint("test", "/usr/bin/python3", VENV) != before


def test_a_moved_checkout_changes_the_fingerprint(pins: Path) -> None:
    moved = venv.fingerprint("demo", "/usr/bin/python3", Path("/moved/venv"))
    assert venv.fingerprint("demo", "/usr/bin/python3", VENV) != moved


def test_a_venv_for_the_tests_serves_the_demo_too(pins: Path) -> None:
    assert venv.fingerprint("demo", "/usr/bin/python3", VENV) in venv.all_stamps("test", "/usr/bin/python3", VENV)
