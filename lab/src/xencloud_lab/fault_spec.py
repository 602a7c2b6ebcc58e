# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fault is, as an estate file or the control interface says it."""

from __future__ import annotations

import typing as t

from pydantic import BaseModel, ConfigDict, Field, model_validator

FaultKind = t.Literal[
    "crash",  # the machine loses power, and stays off
    "reset",  # the machine loses power and boots again
    "power_on",  # somebody repairs what kept it from booting, and presses the button
    "toolstack_stop",
    "toolstack_start",
    "storage_cut",  # the machine loses its way to one SR
    "storage_back",
    "expire_sessions",  # every session that the machine gave is forgotten
    "host_never_boots",  # from now on the machine stays dark after a power off or reboot
    "vm_never_migrates",  # every migration of the VM fails
    "cloudstack_restart",  # the management server restarts; its jobs are lost
    "hang",  # the call gets no answer
    "slow",  # the answer comes ``seconds`` later
    "refuse",  # the call fails with ``error``
    "lose_reply",  # the call takes effect, the connection breaks before the answer
]
ABOUT_A_CALL: frozenset[str] = frozenset({"hang", "slow", "refuse", "lose_reply"})
ABOUT_A_HOST: frozenset[str] = frozenset(
    {
        "crash",
        "reset",
        "power_on",
        "toolstack_stop",
        "toolstack_start",
        "storage_cut",
        "storage_back",
        "expire_sessions",
        "host_never_boots",
    }
)


class CallPattern(BaseModel):
    """Which call sets a fault off: the ``nth`` that fits, and (with ``times``) those after it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    side: t.Literal["xapi", "cloudstack"] = "xapi"
    method: str = "*"
    host: str = "*"
    nth: int = Field(default=1, ge=1)
    times: int = Field(default=1, ge=1)
    when: t.Literal["before", "after"] = "before"


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
        if self.kind in ABOUT_A_HOST and self.host is None and self.call is None:
            raise ValueError(f"a fault of kind {self.kind} needs a host")
        if self.kind in ("storage_cut", "storage_back") and self.sr is None:
            raise ValueError(f"a fault of kind {self.kind} needs an sr")
        if self.kind == "vm_never_migrates" and self.vm is None:
            raise ValueError("a fault of kind vm_never_migrates needs a vm")
        if self.kind == "refuse" and not self.error:
            raise ValueError("a fault of kind refuse needs an error: a code and its parameters")
        if self.kind == "slow" and not self.seconds:
            raise ValueError("a fault of kind slow needs seconds")
        return self
