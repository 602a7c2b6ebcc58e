# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab as the ``xenserver_*`` modules of community.general see it, unchanged and over TLS.

``xenserver_facts`` is not asked: it speaks only to the socket of a control domain, never to a network address.
"""

from __future__ import annotations

import typing as t

import pytest
from judges import fetch
from judges.modules import Modules
from served_pool import PASSWORD, ServedPool, served_pool

pytestmark = pytest.mark.timeout(300)
GIB = 1024**3


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ServedPool]:
    """A pool with a template named golden."""
    with served_pool(tmp_path_factory.mktemp("pool")) as served:
        api = served.root().xenapi
        api.VM.set_is_a_template(api.VM.get_by_name_label("golden")[0], True)
        yield served


@pytest.fixture(scope="module")
def modules(pool: ServedPool, tmp_path_factory: pytest.TempPathFactory) -> Modules:
    collections = fetch.ansible_collections("community.general")
    environment = {"SSL_CERT_FILE": pool.ca}
    modules = Modules(collections, "community.general", tmp_path_factory.mktemp("home"), environment)
    modules.arguments = {"hostname": pool.url(), "username": "root", "password": PASSWORD}
    return modules


def test_guest_info_knows_a_guest_that_runs(modules: Modules) -> None:
    instance = modules.succeed("xenserver_guest_info", name="web-1")["instance"]
    assert (instance["state"], instance["hardware"]["memory_mb"]) == ("poweredon", 2048)
    assert [disk["sr"] for disk in instance["disks"]] == ["nfs1"]


def test_guest_info_of_nobody_fails_with_the_modules_own_words(modules: Modules) -> None:
    assert modules.run("xenserver_guest_info", name="nobody")["msg"] == "VM search: VM with name 'nobody' not found!"


def test_a_wrong_password_is_reported(modules: Modules) -> None:
    message = modules.run("xenserver_guest_info", name="web-1", password="wrong")["msg"]
    assert "SESSION_AUTHENTICATION_FAILED" in message


def test_powerstate_goes_round_all_states(modules: Modules) -> None:
    for wanted, shown in (
        ("suspended", "suspended"),
        ("powered-on", "poweredon"),
        ("restarted", "poweredon"),
        ("reboot-guest", "poweredon"),
        ("shutdown-guest", "poweredoff"),
        ("powered-on", "poweredon"),
        ("powered-off", "poweredoff"),
    ):
        result = modules.succeed("xenserver_guest_powerstate", name="web-2", state=wanted)
        assert (result["changed"], result["instance"]["state"]) == (True, shown), wanted
    assert not modules.succeed("xenserver_guest_powerstate", name="web-2", state="powered-off")["changed"]


def test_a_guest_is_made_from_a_template_changed_and_destroyed(modules: Modules, pool: ServedPool) -> None:
    name = "from-template"
    made = modules.succeed(
        "xenserver_guest",
        name=name,
        template="golden",
        state="poweredon",
        disks=[{"size_gb": 20, "sr": "nfs1"}, {"size_gb": 5, "name": "data", "sr": "nfs1"}],
        hardware={"num_cpus": 2, "memory_mb": 2048},
        networks=[{"name": "Pool-wide network 0", "mac": "aa:bb:cc:dd:ee:01"}],
        wait_for_ip_address=True,
    )["instance"]
    assert (made["state"], made["hardware"]["num_cpus"]) == ("poweredon", 2)
    assert [disk["size"] for disk in made["disks"]] == [20 * GIB, 5 * GIB]
    assert made["networks"][0]["ip"] == "10.221.238.1"
    changed = modules.succeed(
        "xenserver_guest", name=name, name_desc="changed", force=True, hardware={"memory_mb": 1024}
    )
    assert changed["changed"]
    assert (changed["instance"]["name_desc"], changed["instance"]["hardware"]["memory_mb"]) == ("changed", 1024)
    assert not modules.succeed("xenserver_guest", name=name, hardware={"memory_mb": 1024})["changed"]
    assert modules.succeed("xenserver_guest", name=name, state="absent", force=True)["changed"]
    api = pool.root().xenapi
    assert api.VM.get_by_name_label(name) == []
    assert api.VDI.get_by_name_label("data") == []


def test_check_mode_changes_nothing(modules: Modules, pool: ServedPool) -> None:
    result = modules.succeed("xenserver_guest", name="dry", template="golden", check=True)
    assert result["changed"]
    assert pool.root().xenapi.VM.get_by_name_label("dry") == []
