# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of a run inside ``pool.other_config``: who holds the pool, since when, and what has to be taken back.

``xencloud.maintenance.lock`` is added once and never rewritten while it is held, because adding is XAPI's only
test-and-set (xapi.md 8). Everything else has a key of its own: each step, each change to take back, and the renewals
of the lease, the new one before the old one goes. Every key with a time is a sign of life.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field, replace

from .kinds import POOL_HA, RESTORED, STAYS, at_the_end, name_of, words

PREFIX = "xencloud.maintenance."
LOCK = f"{PREFIX}lock"
RENEWED = f"{PREFIX}renewed."
UNDO = f"{PREFIX}undo."
STEP = f"{PREFIX}step."
HEIR = f"{PREFIX}heir"
ENDED = f"{PREFIX}ended"
SETTLED = f"{PREFIX}settled"

Config = t.Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lock:
    """Who holds the pool; times are seconds of the master's clock."""

    run_id: str
    owner: str
    nonce: str
    operation: str
    started: int
    lease_s: int
    asked: t.Mapping[str, t.Any] = field(default_factory=dict)
    plan: str = ""

    def as_json(self) -> str:
        """The value of the key."""
        return _json(
            {
                "id": self.run_id,
                "owner": self.owner,
                "nonce": self.nonce,
                "operation": self.operation,
                "started": self.started,
                "lease": self.lease_s,
                "asked": self.asked,
                **({"plan": self.plan} if self.plan else {}),
            }
        )

    @property
    def name(self) -> str:
        """The run and its owner, for people."""
        return f"run {self.run_id} ({self.operation}) of {self.owner}"


NOBODY = Lock("unknown", "an unknown owner", "", "unknown", 0, 0)


@dataclass(frozen=True, slots=True)
class UndoEntry:
    """A temporary change, recorded before it is made."""

    key: str
    kind: str
    object: str
    before: t.Any
    at: int

    @property
    def name(self) -> str:
        """What people call the object."""
        return name_of(self.object, self.before)

    @property
    def changed(self) -> str:
        """What is said while the change lasts."""
        return words(self.kind).changed.format(self.name)

    @property
    def restored(self) -> str:
        """What is said when it is taken back."""
        return self.ended(RESTORED)

    def ended(self, outcome: str) -> str:
        """What is said when it has come to this end."""
        return at_the_end(self.kind, self.name, outcome)

    @property
    def still(self) -> str:
        """What is said when it could not be taken back."""
        return words(self.kind).still.format(self.name)

    def as_json(self) -> str:
        """The value of the key."""
        return _json({"kind": self.kind, "object": self.object, "before": self.before, "at": self.at})

    def as_dict(self) -> dict[str, t.Any]:
        """The entry as playbooks read it."""
        return {"key": self.key, "kind": self.kind, "object": self.object, "before": self.before, "at": self.at}


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a run has done, with the number of live migrations that it took.

    One with a ``kind`` ended the change that began at ``since``, with this ``outcome``; one without goes on with work
    that began then.
    """

    at: int
    text: str
    kind: str = ""
    since: int = 0
    moves: int = 0
    outcome: str = RESTORED

    @property
    def sentence(self) -> str:
        """The step for people."""
        return at_the_end(self.kind, self.text, self.outcome) if self.kind else self.text

    @property
    def closed(self) -> int | None:
        """When the window of its change closed; None when it stays open for good."""
        return None if self.outcome == STAYS else self.at

    def as_json(self) -> str:
        """The value of the key."""
        return _json(self.as_dict())

    def as_dict(self) -> dict[str, t.Any]:
        """The step as playbooks read it."""
        more = {"kind": self.kind, "since": self.since, "moves": self.moves, "outcome": self.outcome}
        return {"at": self.at, "text": self.text, **{name: value for name, value in more.items() if value}}


@dataclass(frozen=True, slots=True)
class RunRecord:
    """All that a pool remembers of a run."""

    lock: Lock
    renewed: int
    undo: tuple[UndoEntry, ...] = ()
    ended: bool = False
    steps: tuple[Step, ...] = ()

    def lives(self, now: int) -> bool:
        """True while the run has not ended and its lease has not run out."""
        return not self.ended and now < self.renewed + self.lock.lease_s

    def as_dict(self) -> dict[str, t.Any]:
        """The record as playbooks read it."""
        return {
            "id": self.lock.run_id,
            "owner": self.lock.owner,
            "operation": self.lock.operation,
            "started": self.lock.started,
            "lease": self.lock.lease_s,
            "renewed": self.renewed,
            "asked": dict(self.lock.asked),
            "plan": self.lock.plan,
            "undo": [entry.as_dict() for entry in self.undo],
            "steps": [step.as_dict() for step in self.steps],
        }

    def holding(self, now: int) -> str:
        """Who holds the pool and for how long, for people."""
        age = now - self.lock.started
        return f"{self.lock.name}, begun {duration(age)} ago" if self.lock.started else self.lock.name

    def without(self, gone: t.Container[str]) -> RunRecord:
        """The record without these entries, by their keys."""
        return replace(self, undo=tuple(entry for entry in self.undo if entry.key not in gone))

    def entry_for(self, kind: str, thing: str) -> UndoEntry | None:
        """What is recorded for this change already: the first ``before`` is the true one."""
        return next((entry for entry in self.undo if entry.kind == kind and _same(kind, entry.object, thing)), None)


def _same(kind: str, one: str, other: str) -> bool:
    # The record is the pool's own, which has one HA, whatever the pool is called: without a name by its master.
    return one == other or kind == POOL_HA


def read_record(config: Config) -> RunRecord | None:
    """The record in ``pool.other_config``; None when no run holds the pool.

    What is left without a lock is of a run that died while it took over another: it counts as ended.
    """
    lock, undo, steps = _lock(config.get(LOCK, "")), _undo(config), _steps(config)
    if lock is None:
        heir = _parsed(config.get(HEIR, ""))
        return RunRecord(_nobody(heir or {}), 0, undo, True, steps) if undo or heir else None
    signs = [int(key.removeprefix(RENEWED)) for key in renewal_keys(config)]
    signs += [entry.at for entry in undo] + [step.at for step in steps]
    return RunRecord(lock, max([lock.started, *signs]), undo, ENDED in config, steps)


def heir(operation: str, asked: t.Mapping[str, t.Any]) -> str:
    """What a run writes before it removes the lock of a dead one, so that its own death there loses nothing."""
    return _json({"operation": operation, "asked": asked})


def _nobody(heir: t.Mapping[str, t.Any]) -> Lock:
    return replace(NOBODY, operation=str(heir.get("operation", NOBODY.operation)), asked=_mapping(heir.get("asked")))


def _mapping(value: t.Any) -> dict[str, t.Any]:
    return value if isinstance(value, dict) else {}


def renewal_keys(config: Config) -> list[str]:
    """The keys that renewed the lease, oldest first."""
    keys = [key for key in config if key.startswith(RENEWED) and key.removeprefix(RENEWED).isdecimal()]
    return sorted(keys, key=lambda key: int(key.removeprefix(RENEWED)))


def renewal_key(now: int) -> str:
    """The key that renews the lease now."""
    return f"{RENEWED}{now}"


def next_undo_key(config: Config) -> str:
    """A free key for an undo entry, after all that are there: entries are taken back in reverse order."""
    return _next_key(config, UNDO)


def next_step_key(config: Config) -> str:
    """A free key for a step, after all that are there."""
    return _next_key(config, STEP)


def _next_key(config: Config, prefix: str) -> str:
    numbers = [int(key.removeprefix(prefix)) for key in config if key.removeprefix(prefix).isdecimal()]
    return f"{prefix}{max(numbers, default=0) + 1:03d}"


def keys_to_remove(config: Config) -> list[str]:
    """Every key of a run, the lock last: until then nobody else may begin."""
    keys = sorted(key for key in config if key.startswith((UNDO, RENEWED, STEP, HEIR, ENDED, SETTLED)))
    return [*keys, LOCK] if LOCK in config else keys


def refusal(record: RunRecord, now: int) -> str:
    """Why a new run may not begin."""
    if record.lives(now):
        left = duration(record.renewed + record.lock.lease_s - now)
        return (
            f"{record.holding(now)} holds it, its lease lasts another {left}. "
            "Wait until it has finished. If you know that its controller is dead, the playbook resume with "
            "resume_takeover=true does not wait."
        )
    left_behind = f" and left {len(record.undo)} changes to take back" if record.undo else ""
    if record.ended:
        return f"{record.holding(now)} ended{left_behind}. Take these back with the playbook resume first."
    return (
        f"{record.holding(now)} holds it, but its lease ran out{left_behind}. "
        "Make sure that it is dead, then run the playbook resume, or take it over with takeover: true."
    )


def _lock(text: str) -> Lock | None:
    value = _parsed(text)
    if value is None:
        return None
    try:
        return Lock(
            run_id=str(value["id"]),
            owner=str(value["owner"]),
            nonce=str(value["nonce"]),
            operation=str(value["operation"]),
            started=int(value["started"]),
            lease_s=int(value["lease"]),
            asked=_mapping(value.get("asked")),
            plan=_text(value, "plan"),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _undo(config: Config) -> tuple[UndoEntry, ...]:
    settled = settled_kinds(config)
    return tuple(entry for entry in all_entries(config) if entry.kind not in settled)


def all_entries(config: Config) -> tuple[UndoEntry, ...]:
    """Every undo entry, also those that are settled and about to go."""
    return tuple(
        UndoEntry(key, _text(value, "kind"), _text(value, "object"), value.get("before"), _number(value, "at"))
        for key, value in _numbered(config, UNDO)
    )


def settled_kinds(config: Config) -> tuple[str, ...]:
    """The kinds of which every change is meant to last from now on."""
    return tuple(filter(None, config.get(SETTLED, "").split(",")))


def _steps(config: Config) -> tuple[Step, ...]:
    return tuple(step_from(value) for _key, value in _numbered(config, STEP))


def step_from(value: t.Mapping[str, t.Any]) -> Step:
    """A step as it was written or told."""
    return Step(
        at=_number(value, "at"),
        text=_text(value, "text"),
        kind=_text(value, "kind"),
        since=_number(value, "since"),
        moves=_number(value, "moves"),
        outcome=_text(value, "outcome"),
    )


def _numbered(config: Config, prefix: str) -> list[tuple[str, dict[str, t.Any]]]:
    """Keys of this kind and what they hold, in the order of their numbers; others may have written anything."""
    keys = sorted((key for key in config if key.startswith(prefix)), key=lambda key: (len(key), key))
    return [(key, value) for key in keys if (value := _parsed(config[key])) is not None]


def _text(value: t.Mapping[str, t.Any], name: str) -> str:
    return str(value.get(name, ""))


def _number(value: t.Mapping[str, t.Any], name: str) -> int:
    found = value.get(name, 0)
    return found if isinstance(found, int) else 0


def _parsed(text: str) -> dict[str, t.Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _json(value: t.Mapping[str, t.Any]) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=True)


def duration(seconds: int) -> str:
    """A length of time for people; never negative, whatever the clocks say."""
    seconds = max(0, seconds)
    if seconds < 120:
        return f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{60 * hours + minutes} min" if hours < 2 else f"{hours} h {minutes} min"
