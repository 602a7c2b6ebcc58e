# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``event`` steps: what was done to the estate, from the words that tell it.

Each rule is a pattern and a method; a text that no rule knows is an explicit failure.
"""

from __future__ import annotations

import re
import typing as t

from .answers import Answer
from .stage import Stage

GIB = 1024**3


class NotUnderstood(Exception):
    """The words of an event mean nothing to this program."""


class Happenings:
    """Lets the events of a recording happen."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.anchor = stage.now
        self._maps: dict[str, dict[str, str]] = {}

    def happen(self, text: str) -> None:
        """Do what the text says.

        :raises NotUnderstood: no rule fits, or the lab refused it.
        """
        stage = self._stage
        stage.tokens.append(stage.token())
        for pattern, action in _RULES:
            found = re.fullmatch(pattern, text)
            if found:
                action(self, **found.groupdict())
                return
        raise NotUnderstood(f"no rule knows the event {text!r}")

    def _do(self, method: str, *args: t.Any, on: str | None = None) -> Answer:
        answer = self._stage.do(method, *args, on=on)
        if answer.kind != "ok":
            raise NotUnderstood(f"{method} was refused: {answer.value}")
        return answer

    def _vm(self, name: str) -> str:
        return f"@vm:{name}"

    # machines and time --------------------------------------------------------------------

    def killed(self, host: str) -> None:
        self.anchor = self._stage.now
        self._stage.machine(host).power_cut()

    def boots(self, host: str) -> None:
        self.anchor = self._stage.now
        self._stage.machine(host).boot()

    def restarts(self, host: str) -> None:
        self.anchor = self._stage.now
        toolstack = self._stage.machine(host).toolstack
        toolstack.killed()
        toolstack.start()

    def later(self, seconds: str) -> None:
        self._stage.world.timeline.run_until(self.anchor + float(seconds))

    def new_count(self) -> None:
        self.anchor = self._stage.now

    def nothing(self) -> None:
        """The recorder only waited."""

    # sessions and HA ----------------------------------------------------------------------

    def sessions(self, names: str, host: str) -> None:
        for name, originator in re.findall(r'(\w+)(?: \(originator "(\w*)"\))?', names.replace(" and ", " ")):
            self._stage.symbols.bind(f"@session:{name}", self._stage.open(name, host, originator or name))

    def ha_off(self) -> None:
        answer = self._stage.do("pool.disable_ha")
        if answer.kind != "ok" and answer.value != ["HA_NOT_ENABLED"]:
            raise NotUnderstood(f"pool.disable_ha was refused: {answer.value}")

    # guests -------------------------------------------------------------------------------

    def vm_created(self, name: str, gib: str = "1") -> None:
        self._stage.symbols.bind(self._vm(name), str(self._do("VM.create", vm_record(name, int(gib))).value))

    def vm_created_and_destroyed(self) -> None:
        ref = self._do("VM.create", vm_record("passing", 1)).value
        self._do("VM.destroy", ref)

    def vm_destroyed(self, name: str) -> None:
        self._do("VM.destroy", self._vm(name))

    def described_twice(self, name: str) -> None:
        self._do("VM.set_name_description", self._vm(name), "one")
        self._do("VM.set_name_description", self._vm(name), "two")

    def described_as_before(self, name: str) -> None:
        same = self._do("VM.get_name_description", self._vm(name)).value
        self._do("VM.set_name_description", self._vm(name), same)

    def vm_stopped(self, name: str) -> None:
        self._do("VM.hard_shutdown", self._vm(name))

    def vm_started(self, name: str, host: str) -> None:
        if self._stage.naming.lookup(self._vm(name)) is None:
            ref = self._do("VM.create", vm_record(name, 1), on=host).value
            self._stage.symbols.bind(self._vm(name), str(ref))
        self._do("VM.start_on", self._vm(name), f"@host:{host}", False, True, on=host)

    def vm_runs(self, name: str, gib: str, host: str) -> None:
        """The recording calls it the second of its name when there was one already."""
        second = f"{self._vm(name)}#2"
        if second in self._stage.text:
            self._stage.symbols.bind(second, str(self._do("VM.create", vm_record(name, int(gib))).value))
            self._do("VM.start_on", second, f"@host:{host}", False, True)
            return
        if self._stage.naming.lookup(self._vm(name)) is None:
            self.vm_created(name, gib)
        self._do("VM.start_on", self._vm(name), f"@host:{host}", False, True)

    # storage ------------------------------------------------------------------------------

    def sr_created(self, name: str, kind: str | None = None, host: str | None = None) -> None:
        where = host or self._stage.master().name
        args: list[t.Any] = [f"@host:{where}", {"location": "x"}, "0", name, "", kind or "nfs", "user", True, {}]
        self._stage.symbols.bind(f"@sr:{name}", str(self._do("SR.create", *args, on=where).value))

    def pbd_unplugged(self, name: str) -> None:
        """On the pool that knows this SR."""
        for machine in self._stage.world.machines.values():
            db = machine.toolstack.db
            for sr in db.find("SR", name_label=name) if db is not None else []:
                for pbd in db.related("SR", sr, "PBDs") if db is not None else []:
                    self._do("PBD.unplug", pbd, on=machine.name)

    def attached_only_on(self, name: str, hosts: str) -> None:
        kept = set(re.findall(r"\w+", hosts)) - {"and"}
        for host in self._stage.world.pools["pool"].machines:
            if host.name not in kept:
                self._do("PBD.unplug", f"@pbd:{host.name}:{name}")

    # the rest -----------------------------------------------------------------------------

    def map_added(self) -> None:
        self._do("pool.add_to_other_config", "@pool", "conformance", "1")

    def map_removed(self) -> None:
        self._do("pool.remove_from_other_config", "@pool", "conformance")

    def map_set_back(self) -> None:
        self._do("pool.set_other_config", "@pool", {})

    def message_created(self) -> None:
        pool = self._do("pool.get_uuid", "@pool").value
        self._do("message.create", "EV", "3", "Pool", pool, "body")

    def host_message(self, message: str, host: str) -> None:
        self._do(f"host.{message}", f"@host:{host}")


def vm_record(name: str, gib: int) -> dict[str, t.Any]:
    """The record of a small VM, as a client creates it."""
    memory = str(gib * GIB)
    texts = ["name_description", "PV_kernel", "PV_ramdisk", "PV_args", "PV_bootloader_args", "PV_legacy_args"]
    texts += ["HVM_boot_policy", "PCI_bus", "recommendations", "ha_restart_priority"]
    maps = ("VCPUs_params", "HVM_boot_params", "platform", "other_config")
    sizes = ("memory_static_max", "memory_dynamic_max", "memory_dynamic_min", "memory_static_min")
    return {
        "name_label": name,
        **dict.fromkeys(texts, ""),
        **{field: {} for field in maps},
        **dict.fromkeys(sizes, memory),
        "user_version": "1",
        "is_a_template": False,
        "affinity": "OpaqueRef:NULL",
        "memory_target": "0",
        "VCPUs_max": "1",
        "VCPUs_at_startup": "1",
        "actions_after_shutdown": "destroy",
        "actions_after_reboot": "restart",
        "actions_after_crash": "restart",
        "PV_bootloader": "pygrub",
        "HVM_shadow_multiplier": 1.0,
        "domain_type": "pv",
    }


_SIZE = r"\((?P<gib>\d+) GiB[^)]*\)"
_RULES: tuple[tuple[str, t.Callable[..., None]], ...] = (
    (r"(?P<host>\w+)(?: \(master\))? (?:was )?killed(?:; its heartbeat is gone.*)?", Happenings.killed),
    (r"(?P<host>\w+) boots(?: again)?", Happenings.boots),
    (r"(?P<host>\w+)'s xapi was killed and starts again", Happenings.restarts),
    (r"(?P<seconds>[\d.]+) s after the \w+", Happenings.later),
    (r"times start again at 0 here", Happenings.new_count),
    (r"nothing", Happenings.nothing),
    (r"sessions? (?P<names>.+?) (?:was|were) opened on (?P<host>\w+)(?: as root)?", Happenings.sessions),
    (r"HA off", Happenings.ha_off),
    (r"VM\.create (?P<name>\w+)", Happenings.vm_created),
    (r"VM\.destroy (?P<name>\w+)", Happenings.vm_destroyed),
    (r"VM created and destroyed", Happenings.vm_created_and_destroyed),
    (r"VM\.set_name_description (?P<name>\w+), twice", Happenings.described_twice),
    (r"VM\.set_name_description (?P<name>\w+) to the value it has", Happenings.described_as_before),
    (rf"(?P<name>\w+) {_SIZE} was created", Happenings.vm_created),
    (rf"(?P<name>\w+) {_SIZE} runs on (?P<host>\w+)", Happenings.vm_runs),
    (r"VM (?P<name>\w+)(?: \(on \w+\))? was shut down", Happenings.vm_stopped),
    (r"VM (?P<name>\w+) was started on (?P<host>\w+)", Happenings.vm_started),
    (r'a shared SR "(?P<name>\w+)" of type (?P<kind>\w+) was created(?: \(.*\))?', Happenings.sr_created),
    (r'a shared SR "(?P<name>\w+)" was created on (?P<host>\w+)', Happenings.sr_created),
    (r'the PBD of SR "(?P<name>\w+)" was unplugged(?:;.*)?', Happenings.pbd_unplugged),
    (r"(?P<name>\w+) is now attached on (?P<hosts>[\w, ]+) only", Happenings.attached_only_on),
    (r"pool\.add_to_other_config", Happenings.map_added),
    (r"pool\.remove_from_other_config", Happenings.map_removed),
    (r"other_config was set back to what it was before", Happenings.map_set_back),
    (r"message\.create", Happenings.message_created),
    (r"host\.(?P<message>disable|enable) (?P<host>\w+)", Happenings.host_message),
)
