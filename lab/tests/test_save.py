# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Save and load: the whole world, exactly; and that the same seed, estate and calls give the same outcome."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import twin
from cloudstack_world import PASSWORD

from xencloud_lab import savefile
from xencloud_lab.estate_file import parse
from xencloud_lab.freezer import NotOurs, freeze, thaw
from xencloud_lab.savefile import Saved, SaveError
from xencloud_lab.timeline import Completion
from xencloud_lab.world import World
from xencloud_lab.xapi.errors import NotModelled, XapiError

SEEDS = range(8)
STEPS = 40


def save_of(world: World, folder: Path) -> Path:
    path = folder / "world.save"
    savefile.write(path, Saved(world, parse(twin.ESTATE), ["a fault of the lab"]))
    return path


@pytest.mark.parametrize("seed", SEEDS)
def test_same_seed_estate_and_calls_give_the_same_outcome_call_by_call(seed: int) -> None:
    one, other = twin.world(), twin.world()
    for step in twin.steps(seed, STEPS):
        assert twin.take(one, step) == twin.take(other, step), step
    assert twin.everything(one) == twin.everything(other)


@pytest.mark.parametrize("seed", SEEDS)
def test_world_that_was_saved_and_loaded_goes_on_exactly_like_the_original(seed: int) -> None:
    original = twin.world()
    steps = twin.steps(seed, STEPS)
    for step in steps[: STEPS // 2]:
        twin.take(original, step)
    loaded: World = thaw(freeze(original))
    assert twin.everything(loaded) == twin.everything(original)
    for step in steps[STEPS // 2 :]:
        assert twin.take(loaded, step) == twin.take(original, step), step
    assert twin.everything(loaded) == twin.everything(original)


@pytest.mark.parametrize("seed", SEEDS)
def test_save_changes_nothing_in_the_world_that_is_saved(seed: int) -> None:
    one, other = twin.world(), twin.world()
    for step in twin.steps(seed, STEPS):
        freeze(one)
        assert twin.take(one, step) == twin.take(other, step), step
    assert twin.everything(one) == twin.everything(other)


def test_outcome_does_not_depend_on_the_hashes_of_a_process() -> None:
    code = (
        "import twin, hashlib\n"
        "world = twin.world()\n"
        "seen = [twin.take(world, step) for step in twin.steps(3, 60)]\n"
        "print(hashlib.sha256(repr((seen, twin.everything(world))).encode()).hexdigest())\n"
    )
    assert _output(code, "1") == _output(code, "2")


def _output(code: str, hash_seed: str) -> str:
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": f"{here}:{here.parent / 'src'}"}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    ).stdout


def test_call_in_flight_has_no_caller_after_a_load_and_its_work_goes_on() -> None:
    world = twin.world()
    answers: list[Completion] = []
    session = world.call("127.0.1.11", "session.login_with_password", ["root", PASSWORD, "1.3", "test"])
    call = world.call("127.0.1.11", "pool.disable_ha", [session])
    assert isinstance(call, Completion)
    call.listen(answers.append)
    loaded: World = thaw(freeze(world))
    loaded.timeline.run_until(loaded.timeline.now + 600)
    assert not answers
    assert loaded.call("127.0.1.11", "pool.get_all_records", [session]).popitem()[1]["ha_enabled"] is False
    assert loaded.book.pools["pool"].ha_on is False


def test_errors_come_back_whatever_their_kind_is_made_from() -> None:
    for error in (XapiError("HOST_OFFLINE", "x"), NotModelled("this")):
        again = thaw(freeze(error))
        assert (type(again), again.description) == (type(error), error.description)


# the file ---------------------------------------------------------------------------------


def test_file_holds_world_estate_and_the_faults_of_the_lab(tmp_path: Path) -> None:
    world = twin.world()
    saved = savefile.read(save_of(world, tmp_path))
    assert twin.everything(saved.world) == twin.everything(world)
    assert saved.estate == parse(twin.ESTATE)
    assert saved.internal_errors == ["a fault of the lab"]
    assert [path.name for path in tmp_path.iterdir()] == ["world.save"]


@pytest.mark.parametrize(("fact", "what"), [("format", "has format 99"), ("build", "was made by build 99 of the lab")])
def test_save_of_another_version_is_refused_in_one_sentence(tmp_path: Path, fact: str, what: str) -> None:
    path = save_of(twin.world(), tmp_path)
    magic, head, body = path.read_bytes().split(b"\n", 2)
    path.write_bytes(b"\n".join((magic, json.dumps({**json.loads(head), fact: 99}).encode(), body)))
    assert what in complaint(path)


def test_file_that_is_no_save_or_damaged_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = save_of(twin.world(), tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    assert "is damaged" in complaint(path)
    path.write_text("pools: []\n")
    assert "is no save of xencloud-lab" in complaint(path)
    assert "cannot be read" in complaint(tmp_path / "none")


def test_bytes_that_name_what_no_world_is_made_of_are_refused(tmp_path: Path) -> None:
    path = save_of(twin.world(), tmp_path)
    magic, head, _body = path.read_bytes().split(b"\n", 2)
    evil = pickle.dumps(os.system)
    facts = {**json.loads(head), "sha256": hashlib.sha256(evil).hexdigest()}
    path.write_bytes(b"\n".join((magic, json.dumps(facts).encode(), evil)))
    assert "does not hold a world (it names posix.system)" in complaint(path)
    with pytest.raises(NotOurs):
        thaw(b"nonsense")


def complaint(path: Path) -> str:
    with pytest.raises(SaveError) as caught:
        savefile.read(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert text.endswith(".")
    return text
