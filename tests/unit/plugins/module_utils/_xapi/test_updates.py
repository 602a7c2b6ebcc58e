# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import (
    MaintenanceError,
    WaitTimeout,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.waiter import Waiter
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.client import XapiClient
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.errors import XapiError
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.updates import (
    Update,
    epoch_s,
    install,
    missing_updates_of,
    note_patched,
    update_arguments,
)
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.pools import host
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._xapi.scripted import Scripted, success

LIST = json.dumps([{"name": "xen-hypervisor", "version": "4.17.5", "release": "15.1"}])
BUSY = ["-1", "The updater plugin is busy (current operation: update)", "", ""]


class Plugin:
    """The tasks of a scripted updater; each begin takes the next answer."""

    def __init__(self, *answers: str | list[str]) -> None:
        self._answers = list(answers)
        self._tasks: dict[str, str | list[str]] = {}
        self.arguments: list[tuple[t.Any, ...]] = []

    def begin(self, _session: str, *arguments: t.Any) -> t.Any:
        self.arguments.append(arguments)
        ref = f"task-{len(self._tasks)}"
        self._tasks[ref] = self._answers.pop(0)
        return success(ref)

    def record(self, _session: str, ref: str) -> t.Any:
        answer = self._tasks[ref]
        if isinstance(answer, list):
            return success({"status": "failure", "progress": 1.0, "result": "", "error_info": answer})
        text = answer.replace("&", "&amp;").replace("<", "&lt;")
        return success({"status": "success", "progress": 1.0, "result": f"<value>{text}</value>", "error_info": []})


@pytest.fixture
def connected(start_host: t.Callable[..., Scripted], params: dict[str, t.Any]) -> t.Callable[..., XapiClient]:
    def connect(plugin: Plugin, **answers: t.Any) -> XapiClient:
        master = start_host(
            Async__host__call_plugin=plugin.begin,
            task__get_record=plugin.record,
            task__destroy=lambda *_args: success(),
            **answers,
        )
        return XapiClient.connect({**params, "hostname": master.address})

    return connect


def waiter(timeout_s: float = 5) -> Waiter:
    return Waiter(report=lambda _line: None, timeout_s=timeout_s, interval_s=0.01, silence_s=60)


def test_many_hosts_are_asked_at_once_and_answered_by_reference(connected: t.Callable[..., XapiClient]) -> None:
    plugin = Plugin(LIST, "[]")
    found = missing_updates_of(connected(plugin), [host(1), host(2)], waiter())
    assert found == {"h1": [Update("xen-hypervisor", "4.17.5", "15.1")], "h2": []}
    assert [arguments[:3] for arguments in plugin.arguments] == [
        ("h1", "updater.py", "check_update"),
        ("h2", "updater.py", "check_update"),
    ]


def test_a_busy_updater_is_asked_again(connected: t.Callable[..., XapiClient]) -> None:
    assert missing_updates_of(connected(Plugin(BUSY, "[]")), [host(1)], waiter()) == {"h1": []}


def test_an_updater_that_stays_busy_is_given_up_in_time(connected: t.Callable[..., XapiClient]) -> None:
    with pytest.raises(WaitTimeout, match=r"xen01: asking for missing updates: gave up after 0\.1 s"):
        missing_updates_of(connected(Plugin(*[BUSY] * 500)), [host(1)], waiter(0.1))


def test_any_other_complaint_of_the_plugin_is_an_error(connected: t.Callable[..., XapiClient]) -> None:
    with pytest.raises(XapiError, match=r"xen01: the plugin failed: no network \(code 1\)"):
        missing_updates_of(connected(Plugin(["1", "no network", "stdout: ''"])), [host(1)], waiter())


def test_another_product_is_refused_before_anything_is_asked(connected: t.Callable[..., XapiClient]) -> None:
    plugin = Plugin()
    other = replace(host(1), software_version={"product_brand": "XenServer"})
    with pytest.raises(MaintenanceError, match="not supported yet"):
        missing_updates_of(connected(plugin), [other], waiter())
    assert plugin.arguments == []


def test_installing_waits_for_a_busy_updater(connected: t.Callable[..., XapiClient]) -> None:
    done = '{"returncode": 0}'
    assert install(connected(Plugin(BUSY, done)), host(1), waiter(), {"packages": "xen-hypervisor"}) == done


def test_the_mark_of_patching_is_the_hosts_own_time(connected: t.Callable[..., XapiClient]) -> None:
    written: list[tuple[t.Any, ...]] = []

    def write(*args: t.Any) -> t.Any:
        written.append(args[1:])
        return success()

    client = connected(
        Plugin(),
        host__get_servertime=lambda *_args: success("20261120T12:00:00Z"),
        host__remove_from_other_config=lambda *_args: success(),
        host__add_to_other_config=write,
    )
    note_patched(client, host(1))
    assert written == [("h1", "rpm_patch_installation_time", "1795176000")]


def test_xapis_time_is_utc() -> None:
    assert epoch_s("19700101T00:01:00Z") == 60


def test_the_updater_gets_one_text_of_packages_and_a_comma_list_of_repositories() -> None:
    assert update_arguments(["a", "b"], ["x", "y"]) == {"packages": "a b", "repos": "x,y"}
    assert update_arguments([], []) == {}


@pytest.mark.parametrize("package", ["-y", "", "a b"])
def test_options_of_yum_are_no_packages(package: str) -> None:
    with pytest.raises(MaintenanceError, match="this is not a package's name"):
        update_arguments([package], [])


def test_an_unknown_plugin_function_is_told(connected: t.Callable[..., XapiClient]) -> None:
    client = connected(Plugin(["XENAPI_MISSING_PLUGIN", "updater.py"]))
    with pytest.raises(XapiError, match=r"the host has no plugin updater\.py"):
        missing_updates_of(client, [host(1)], waiter())
