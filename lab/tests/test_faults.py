# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults."""

from __future__ import annotations

import typing as t

import pytest
from plain_world import PASSWORD, PlainWorld
from pydantic import ValidationError

from xencloud_lab.fault_spec import FaultSpec
from xencloud_lab.faults import Faults
from xencloud_lab.timeline import Completion
from xencloud_lab.xapi.errors import Unreachable, XapiError


@pytest.fixture
def faults(plain: PlainWorld) -> Faults:
    plain.faults = Faults(t.cast(t.Any, plain))
    return plain.faults


def order(faults: Faults, kind: str, **options: t.Any) -> None:
    faults.add(FaultSpec.model_validate({"kind": kind, **options}))


def test_refusal_strikes_at_the_nth_call_that_fits_and_only_there(plain: PlainWorld, faults: Faults, root: str) -> None:
    order(faults, "refuse", call={"method": "host.get_*", "nth": 2}, error=["HOST_OFFLINE", "x"])
    assert plain.ask("host.get_all", root)
    assert plain.ask("pool.get_all", root)
    assert plain.refusal("host.get_all", root) == ["HOST_OFFLINE", "x"]
    assert plain.ask("host.get_all", root)


def test_calls_of_clients_are_counted_on_both_sides_and_those_of_cloudstack_are_not(faults: Faults) -> None:
    order(faults, "refuse", call={"side": "any", "wire": True, "nth": 3}, error=["X"])
    for side, method in (("xapi", "host.get_all"), ("cloudstack", "listHosts")):
        faults.around(side, method, "xen01", list)
        faults.from_a_client()
        assert faults.around(side, method, "xen01", list) == []
    faults.around("xapi", "host.get_all", "xen01", list)
    faults.from_a_client()
    with pytest.raises(XapiError, match="X"):
        faults.around("xapi", "pool.get_all", "xen02", list)


def test_refusal_can_strike_several_times_in_a_row(plain: PlainWorld, faults: Faults, root: str) -> None:
    order(faults, "refuse", call={"method": "host.get_all", "times": 2}, error=["X"])
    assert [plain.refusal("host.get_all", root), plain.refusal("host.get_all", root)] == [["X"], ["X"]]
    assert plain.ask("host.get_all", root)


def test_lost_reply_takes_effect(plain: PlainWorld, faults: Faults, root: str) -> None:
    pool = plain.db.find("pool")[0]
    order(faults, "lose_reply", call={"method": "pool.add_to_other_config"})
    with pytest.raises(Unreachable):
        plain.ask("pool.add_to_other_config", root, pool, "k", "v")
    assert plain.db.row("pool", pool)["other_config"] == {"k": "v"}


@pytest.mark.parametrize(("when", "effect"), [("before", {}), ("after", {"k": "v"})])
def test_hanging_call_never_answers_and_may_have_taken_effect(
    plain: PlainWorld, faults: Faults, root: str, when: str, effect: dict[str, str]
) -> None:
    pool = plain.db.find("pool")[0]
    order(faults, "hang", call={"method": "pool.add_to_other_config", "when": when})
    answer = plain.start("pool.add_to_other_config", root, pool, "k", "v")
    plain.timeline.run_until(plain.timeline.now + 10000)
    assert isinstance(answer, Completion)
    assert not answer.done
    assert plain.db.row("pool", pool)["other_config"] == effect


@pytest.mark.parametrize("when", ["before", "after"])
def test_slow_call_answers_later(plain: PlainWorld, faults: Faults, root: str, when: str) -> None:
    began = plain.timeline.now
    order(faults, "slow", call={"method": "host.get_all", "when": when}, seconds=20)
    assert len(plain.ask("host.get_all", root)) == 2
    assert plain.timeline.now == began + 20


def test_machine_can_crash_at_a_call_before_or_after_its_effect(plain: PlainWorld, faults: Faults, root: str) -> None:
    order(faults, "crash", call={"method": "pool.add_to_other_config", "when": "after"})
    pool = plain.db.find("pool")[0]
    with pytest.raises(Unreachable):
        plain.ask("pool.add_to_other_config", root, pool, "k", "v")
    assert plain.machines["xen01"].log == ["power cut"]
    assert plain.db.row("pool", pool)["other_config"] == {"k": "v"}


def test_fault_can_be_scheduled(plain: PlainWorld, faults: Faults) -> None:
    order(faults, "crash", host="xen02", at_s=60)
    plain.timeline.run_until(plain.timeline.now + 59)
    assert plain.machines["xen02"].log == []
    plain.timeline.run_until(plain.timeline.now + 1)
    assert plain.machines["xen02"].log == ["power cut"]
    assert [what for _, what in faults.struck] == ["crash: xen02"]


def test_expired_sessions_are_invalid(plain: PlainWorld, faults: Faults, root: str) -> None:
    order(faults, "expire_sessions", call={"method": "pool.get_all"}, host="xen01")
    assert plain.refusal("pool.get_all", root) == ["SESSION_INVALID", root]
    assert plain.ask("session.login_with_password", "root", PASSWORD)


def test_pattern_can_name_the_host(plain: PlainWorld, faults: Faults) -> None:
    order(faults, "refuse", call={"host": "xen02"}, error=["X"])
    assert plain.login()
    assert plain.refusal("session.login_with_password", "root", PASSWORD, on="xen02") == ["X"]


def test_fault_on_an_unknown_host_is_a_clear_error(faults: Faults) -> None:
    with pytest.raises(ValueError, match="host xen99 does not exist"):
        order(faults, "crash", host="xen99")


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"kind": "hang"}, "needs a call"),
        ({"kind": "crash"}, "needs a host"),
        ({"kind": "refuse", "call": {}}, "needs an error"),
        ({"kind": "slow", "call": {}}, "needs seconds"),
        ({"kind": "storage_cut", "host": "xen01"}, "needs an sr"),
        ({"kind": "vm_never_migrates"}, "needs a vm"),
        ({"kind": "crash", "host": "xen01", "at_s": 1, "call": {}}, "not both"),
    ],
)
def test_fault_that_makes_no_sense_is_refused(spec: dict[str, t.Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        FaultSpec.model_validate(spec)
