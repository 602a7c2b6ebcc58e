# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fault is, as an estate file or the control interface says it."""

from __future__ import annotations

import typing as t

from pydantic import BaseModel, ConfigDict, Field, model_validator

HostFault = t.Literal[
    "crash",
    "reset",
    "power_on",
    "host_never_boots",
    "toolstack_stop",
    "toolstack_start",
    "network_cut",
    "network_back",
    "controller_cut",
    "controller_back",
    "storage_cut",
    "storage_back",
    "expire_sessions",
]
OtherFault = t.Literal["kill_task", "vm_never_migrates", "guest_shutdown", "cloudstack_restart"]
CallFault = t.Literal["hang", "slow", "refuse", "lose_reply", "fail_job"]
FaultKind = t.Literal[HostFault, OtherFault, CallFault]
ABOUT_A_HOST: tuple[str, ...] = t.get_args(HostFault)
ABOUT_A_CALL: tuple[str, ...] = t.get_args(CallFault)
EXPLAINED: dict[str, str] = {
    "crash": "the machine loses power and stays off",
    "reset": "the machine loses power and boots again",
    "power_on": "somebody repairs what kept it from booting, and presses the button",
    "host_never_boots": "from now on the machine stays dark after a power off or a reboot",
    "toolstack_stop": "the toolstack dies without a clean end; guests go on",
    "toolstack_start": "the toolstack starts again",
    "network_cut": "the machine's management network cable comes out",
    "network_back": "and goes in again",
    "controller_cut": "clients of the lab reach the machine's API no more; the pool and CloudStack still do",
    "controller_back": "and reach it again",
    "storage_cut": "the machine loses its way to one --sr",
    "storage_back": "and has it again",
    "expire_sessions": "every session that the machine gave is forgotten",
    "kill_task": "pending tasks of the host's pool (or the task of the --method) vanish; their work goes on",
    "vm_never_migrates": "the VM's memory changes so fast that no migration of it ever ends",
    "guest_shutdown": "the VM is shut down from inside, as its user can",
    "cloudstack_restart": "the management server restarts; its jobs are lost",
    "hang": "the call gets no answer; without effect, or with it (--when after)",
    "slow": "the call is carried out --seconds later, or answered that much later (--when after)",
    "refuse": "the call fails with --error; without effect, or with it (--when after)",
    "lose_reply": "the call takes effect, and the connection breaks before the answer",
    "fail_job": "the job or task of the call fails with --error; without effect, or with it (--when after)",
}
_NEEDS: dict[str, str] = {
    "storage_cut": "sr",
    "storage_back": "sr",
    "vm_never_migrates": "vm",
    "guest_shutdown": "vm",
    "refuse": "error",
    "fail_job": "error",
    "slow": "seconds",
}
_ARTICLES = {"sr": "an ", "error": "an ", "vm": "a "}


Side = t.Literal["xapi", "cloudstack"]
THE_MASTER = "@master"
"""Instead of a host's name: whoever is master of the first pool when the fault strikes."""


class CallPattern(BaseModel):
    """Which call sets a fault off: the ``nth`` that fits, and (with ``times``) those after it.

    ``wire``: only calls of clients, on either side with ``side: any``, not those of CloudStack to a pool.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    side: Side | t.Literal["any"] = "xapi"
    method: str = "*"
    host: str = "*"
    nth: int = Field(default=1, ge=1)
    times: int = Field(default=1, ge=1)
    when: t.Literal["before", "after"] = "before"
    wire: bool = False


class FaultSpec(BaseModel):
    """One fault: at a time (``at_s`` from the start, or from when it is ordered), or at a call."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FaultKind
    at_s: float | None = Field(default=None, ge=0)
    call: CallPattern | None = None
    host: str | None = None
    vm: str | None = None
    sr: str | None = None
    seconds: float = Field(default=0, ge=0)
    error: tuple[str, ...] = ()

    @model_validator(mode="after")
    def makes_sense(self) -> FaultSpec:
        """What the kind needs is there."""
        if self.kind in ABOUT_A_CALL and self.call is None:
            raise ValueError(f"a fault of kind {self.kind} needs a call")
        if self.call is not None and self.at_s is not None:
            raise ValueError("a fault comes at a time or at a call, not both")
        reaches_a_host = self.call is not None and self.call.side == "xapi"
        if self.kind in ABOUT_A_HOST and self.host is None and not reaches_a_host:
            raise ValueError(f"a fault of kind {self.kind} needs a host")
        needed = _NEEDS.get(self.kind)
        if needed is not None and not getattr(self, needed):
            raise ValueError(f"a fault of kind {self.kind} needs {_ARTICLES.get(needed, '')}{needed}")
        return self
