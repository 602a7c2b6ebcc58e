# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class pool about who belongs to it (``xapi.md`` 4.1, 4.2; transcripts ``join_*``, ``membership_*``)."""

from __future__ import annotations

import typing as t

from ...timeline import Completion
from .. import access
from ..ejection import Ejection
from ..errors import XapiError
from ..join import Join, assert_may_join, find_master, is_address
from ..joiner import Joiner
from ..registry import Call, message

if t.TYPE_CHECKING:
    from ..toolstack import Toolstack


@message("pool", "eject")
def pool_eject(call: Call, host: str) -> Completion:
    """A dead host or a bad reference alike is HOST_OFFLINE; the master has no code of its own."""
    return Ejection(call, host).submit()


@message("pool", "join", local=True)
def pool_join(call: Call, address: str, username: str, password: str) -> Completion:
    """Called on the host that joins."""
    return _Joining(call, address, (username, password), force=False).submit()


@message("pool", "join_force", local=True)
def pool_join_force(call: Call, address: str, username: str, password: str) -> Completion:
    """Other versions and processors do not matter."""
    return _Joining(call, address, (username, password), force=True).submit()


class _Joining:
    """One pool.join, with the time that each of its answers takes."""

    def __init__(self, call: Call, address: str, login: tuple[str, str], *, force: bool) -> None:
        db = call.toolstack.database()
        if db is None:
            raise access.Hangs
        self._call = call
        self._db = db
        self._address = address
        self._login = login
        self._force = force
        self._done = Completion()

    def submit(self) -> Completion:
        """Connect, log in, ask."""
        durations = self._call.world.durations
        try:
            master = find_master(self._call.machine, self._address)
        except XapiError as error:
            seconds = durations.join_unreachable if is_address(self._address) else durations.join_unknown_name
            self._call.world.timeline.after(seconds, self._done.reject, error)
            return self._done
        if self._login != ("root", master.pool.password):
            text = "Authentication failure"
            refusal = XapiError("SESSION_AUTHENTICATION_FAILED", self._login[0], text)
            self._call.world.timeline.after(durations.failed_login, self._done.reject, refusal)
            return self._done
        self._ask(master)
        return self._done

    def _ask(self, master: Toolstack) -> None:
        assert master.db is not None
        join = Join(self._call.toolstack, self._db, master, master.db)
        assert_may_join(join, force=self._force)
        Joiner(join).submit()
        self._call.toolstack.later(self._call.world.durations.join, self._done.resolve)
