# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A world with a CloudStack above one pool, and short ways to ask both."""

from __future__ import annotations

import json
import typing as t

from xencloud_lab.build import build
from xencloud_lab.cloudstack import server, signature
from xencloud_lab.cloudstack.envelope import Response
from xencloud_lab.cloudstack.manager import ManagementServer
from xencloud_lab.cloudstack.rows import Host, Instance
from xencloud_lab.cloudstack.states import Status
from xencloud_lab.estate import Estate
from xencloud_lab.timeline import Completion

PASSWORD = "a-password-of-nobody"
KEY, SECRET = "a-key", "a-secret-of-nobody"
HOSTS = [
    {"name": "xen1", "address": "127.0.1.11", "memory_gib": 32, "dom0_gib": 1, "master": True},
    {"name": "xen2", "address": "127.0.1.12", "memory_gib": 32, "dom0_gib": 1},
    {"name": "xen3", "address": "127.0.1.13", "memory_gib": 32, "dom0_gib": 1},
]
VMS = [
    {"name": "web1", "memory_gib": 2, "on": ["xen2"], "ha": True},
    {"name": "web2", "memory_gib": 2, "on": ["xen3"], "ha": True},
    {"name": "plain1", "memory_gib": 4, "on": ["xen3"]},
    {"name": "idle1", "memory_gib": 1, "power": "halted"},
    {"name": "vr", "memory_gib": 0.5, "on": ["xen2"], "owner": "router"},
    {"name": "console", "memory_gib": 1, "on": ["xen1"], "owner": "console_proxy"},
    {"name": "monitoring", "memory_gib": 1, "on": ["xen1"], "owner": "pool"},
]
POOL: dict[str, t.Any] = {
    "name": "pool",
    "password": PASSWORD,
    "cluster": {"name": "cluster"},
    "hosts": HOSTS,
    "storage": [{"name": "nfs1", "type": "nfs"}, {"name": "local", "type": "ext", "shared": False}],
    "vms": VMS,
}


class Cloud:
    """The world, its CloudStack, and an administrator with a key."""

    def __init__(self, version: str = "4.22.0.0", settings: dict[str, str] | None = None, **pool: t.Any) -> None:
        cloudstack = {
            "address": "127.0.1.10",
            "version": version,
            "api_key": KEY,
            "api_secret": SECRET,
            "settings": settings or {},
        }
        self.world = build(Estate.model_validate({"cloudstack": cloudstack, "pools": [{**POOL, **pool}]}))
        self.server: ManagementServer = self.world.cloudstack
        self.run(1)

    # time ---------------------------------------------------------------------------------

    def run(self, seconds: float) -> None:
        self.world.timeline.run_until(self.world.timeline.now + seconds)

    def until(self, condition: t.Callable[[], bool], limit_s: float = 3600) -> float:
        """Let time pass until this is so; how long it took."""
        start = self.world.timeline.now
        while not condition():
            assert self.world.timeline.now - start < limit_s, f"it has not come true in {limit_s} s"
            self.run(1)
        return self.world.timeline.now - start

    # rows ---------------------------------------------------------------------------------

    def host(self, name: str) -> Host:
        return next(h for h in self.server.tables.hosts if h.name == name)

    def vm(self, name: str) -> Instance:
        return next(v for v in self.server.tables.instances if name in (v.display_name, v.name))

    def vr(self) -> Instance:
        return next(v for v in self.server.tables.instances if v.kind == "router")

    def up(self, *names: str) -> bool:
        return all(self.host(name).status is Status.UP for name in names)

    def cluster(self) -> str:
        return next(iter(self.server.tables.clusters)).uuid

    def runs_on(self, vm: Instance) -> list[str]:
        """Where it really runs."""
        return [m.name for m in self.world.machines.values() if any(d.name == vm.name for d in m.domains.values())]

    # XAPI ---------------------------------------------------------------------------------

    def xapi(self, method: str, *params: t.Any, at: str = "127.0.1.11") -> t.Any:
        """An administrator's call to the pool, waited for."""
        session = self._wait(self.world.call(at, "session.login_with_password", ["root", PASSWORD, "1.3", "test"]))
        return self._wait(self.world.call(at, method, [session, *params]))

    def host_ref(self, name: str) -> str:
        return str(self.xapi("host.get_by_name_label", name)[0])

    def vm_ref(self, vm: Instance) -> str:
        return str(self.xapi("VM.get_by_name_label", vm.name)[0])

    def _wait(self, outcome: t.Any) -> t.Any:
        if not isinstance(outcome, Completion):
            return outcome
        self.until(lambda: outcome.done)
        if outcome.error is not None:
            raise outcome.error
        return outcome.value

    # the API ------------------------------------------------------------------------------

    def raw(self, command: str, method: str = "GET", *, sign: bool = True, **params: t.Any) -> Response:
        """One HTTP request and its answer."""
        sent = {"command": command, "apiKey": KEY, "response": "json", **{k: str(v) for k, v in params.items()}}
        if sign:
            sent["signature"] = signature.signature(sent, SECRET)
        answer = self._wait(server.handle(self.world, method, list(sent.items()), []))
        assert isinstance(answer, Response)
        return answer

    def ask(self, command: str, **params: t.Any) -> dict[str, t.Any]:
        """The body of a good answer."""
        answer = self.raw(command, **params)
        body = json.loads(answer.body)
        assert answer.status == 200, body
        assert list(body) == [f"{command.lower()}response"]
        return dict(body[f"{command.lower()}response"])

    def refusal(self, command: str, **params: t.Any) -> tuple[int, str]:
        """Code and text of an error answer."""
        answer = self.raw(command, **params)
        (inner,) = json.loads(answer.body).values()
        assert answer.status == inner["errorcode"] != 200
        return answer.status, inner["errortext"]

    def job(self, command: str, **params: t.Any) -> dict[str, t.Any]:
        """An async command; its job at the end."""
        uuid = self.ask(command, **params)["jobid"]
        self.until(lambda: self._look(uuid)["jobstatus"] != 0)
        return self._look(uuid)

    def job_refusal(self, command: str, **params: t.Any) -> tuple[int, str]:
        """Code and text of a job that fails."""
        job = self.job(command, **params)
        assert job["jobstatus"] == 2
        return job["jobresultcode"], job["jobresult"]["errortext"]

    def _look(self, uuid: str) -> dict[str, t.Any]:
        return self.ask("queryAsyncJobResult", jobid=uuid)
