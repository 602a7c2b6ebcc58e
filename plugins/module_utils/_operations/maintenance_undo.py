# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes back what a run left changed, strikes it off the record, and tells what it could not take back.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._argspec import MIRROR_DIR, ArgumentSpec, cloudstack_spec, waiting_spec, xapi_spec
from .._maintenance.errors import MaintenanceError
from .._maintenance.kinds import KINDS
from .._maintenance.record import ENDED, RunRecord, UndoEntry, refusal
from .._xapi.errors import Unreachable
from .._xapi.picture import read_pool
from ._book import RecordBook
from ._context import Context, Outcome
from ._mirror import keep_mirror, read_mirror
from ._quiet import wait_until_quiet
from ._taking_back import TakingBack

SPEC = (
    xapi_spec()
    | cloudstack_spec()
    | waiting_spec(900)
    | ArgumentSpec(
        options={
            "run_id": {"type": "str"},
            "takeover": {"type": "bool", "default": False},
            "keep": {"type": "list", "elements": "str", "choices": list(KINDS), "default": []},
            "leaving": {"type": "list", "elements": "str", "default": []},
            "mirror_dir": MIRROR_DIR,
        }
    )
)

# A master writes its database to disk every five minutes (xapi.md 3.4); large machines take their time to boot.
_FORGETS_S = 3600.0


def run(context: Context) -> Outcome:
    """Take back every entry of the record, then release the pool."""
    run_id = context.params["run_id"]
    try:
        book = RecordBook.open(context)
    except Unreachable as error:
        if not run_id:
            raise
        return _without_pool(context, read_mirror(context.params["mirror_dir"], run_id), error)
    found = _entries(book, context)
    held = book.record
    # While it is taken back the run lives: a second one that takes it back at the same time would do harm.
    undo = TakingBack(context.alive_as(held.lock.run_id) if held else context)
    if found is None:
        return _outcome(undo)
    kept = [entry for entry in found if entry.kind in context.params["keep"]]
    entries = [entry for entry in found if entry not in kept]
    changed = bool(entries or not kept or not _ended(book))
    if changed and not context.check_mode:
        if held is not None and not run_id:
            wait_until_quiet(undo.context, book.label, held)
            _require_same(book, held)
        undo.take_back(entries)
        _require_same(book, held)
        held = _release(book, undo, found)
    elif context.check_mode:
        _foretell(context, entries)
    hindering = undo.hindering(context.params["leaving"])
    if hindering and not run_id:
        text = " ".join(each["text"] for each in hindering)
        raise MaintenanceError(text, left=undo.left, run=held.as_dict() if held else None)
    outcome = _outcome(undo, changed, entries, kept, held)
    outcome.result["gone"] = undo.gone(entries)
    return outcome


def _ended(book: RecordBook) -> bool:
    return ENDED in book.config


def _entries(book: RecordBook, context: Context) -> tuple[UndoEntry, ...] | None:
    """What has to be taken back; None when no run holds the pool."""
    run_id, held = context.params["run_id"], book.record
    if run_id:
        return (_forgotten(context, run_id) if held is None else ()) or book.mine(run_id).undo
    # A run that is silent longer than its lease may still live, in a hook of the operator's.
    if held is not None and not (held.ended or context.params["takeover"]):
        raise MaintenanceError(f"{book.label}: {refusal(held, book.now)}", holder=held.as_dict())
    return held.undo if held else None


def _require_same(book: RecordBook, held: RunRecord | None) -> None:
    """What others have done with the pool meanwhile is theirs to take back."""
    book.reread()
    now = book.record
    if now is not None and (held is None or now.lock.nonce != held.lock.nonce):
        raise MaintenanceError(
            f"{book.label}: {now.holding(book.now)} has taken the pool over meanwhile. "
            "Stop here, and look what it does (playbook status)."
        )


def _forgotten(context: Context, run_id: str) -> tuple[UndoEntry, ...]:
    """What this controller noted and the pool does not know any more.

    A master that loses power may forget what was written last, before it came to its disk (xapi.md 3.4). One that
    served until that was written has forgotten nothing: then somebody else has ended the run, and what was noted is no
    longer ours to take back.
    """
    entries = read_mirror(context.params["mirror_dir"], run_id)
    if not entries:
        return ()
    silence_s = read_pool(context.xapi).master_host.agent_start_time - max(entry.at for entry in entries)
    return entries if 0 < silence_s < _FORGETS_S else ()


def _without_pool(context: Context, entries: tuple[UndoEntry, ...], error: MaintenanceError) -> Outcome:
    """The pool does not answer: what CloudStack alone can take back is taken back."""
    undo = TakingBack(context, pool_is_gone=error.message)
    if context.check_mode:
        _foretell(context, entries)
    else:
        undo.take_back(entries)
    return _outcome(undo, changed=bool(undo.done), entries=entries)


def _foretell(context: Context, entries: t.Iterable[UndoEntry]) -> None:
    for entry in entries:
        context.report(f"{entry.name}: would be taken back: {entry.changed}")


def _release(book: RecordBook, undo: TakingBack, found: tuple[UndoEntry, ...]) -> RunRecord | None:
    """Strike what is taken back off the record; the rest stays, for the next run to find."""
    for entry in found:
        if entry.key in undo.done:
            book.strike(undo.done[entry.key], undo.outcomes[entry.key])
    held = book.record
    if len(undo.done) == len(found):
        book.clear()
        params = undo.context.params
        undo.warnings += keep_mirror(params["mirror_dir"], None, held.lock.run_id if held else params["run_id"])
    elif not _ended(book):
        for entry in found:
            if entry.key not in undo.done and entry.key not in book.config:
                book.add(entry.key, entry.as_json())
        book.add(ENDED, str(book.now))
        book.sync()
    return held


def _outcome(
    undo: TakingBack,
    changed: bool = False,
    entries: t.Sequence[UndoEntry] = (),
    kept: t.Sequence[UndoEntry] = (),
    held: RunRecord | None = None,
) -> Outcome:
    result = {
        "undone": [undo.ending(entry).restored for entry in entries] if undo.context.check_mode else undo.told(),
        "left": undo.left,
        "gone": [],
        "kept": [entry.as_dict() for entry in kept],
        "run": held.as_dict() if held else None,
    }
    return Outcome(changed=changed, result=result, warnings=undo.warnings, step=None)
