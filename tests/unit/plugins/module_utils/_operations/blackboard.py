# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pool that is nothing but its ``other_config``."""

from __future__ import annotations

import typing as t

from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._xapi.scripted import (
    HangUp,
    Scripted,
    failure,
    success,
)


class Blackboard:
    """``pool.other_config`` with xapi's rules, a clock, and the ways in which a write can go wrong."""

    def __init__(self) -> None:
        self.config: dict[str, str] = {"xo:other": "kept"}
        self.minute = 0
        self.synced = 0
        self.lose = 0
        self.miss = 0
        self.only_adds = 0
        self.refuse_sync = False
        self.before_add: t.Callable[[], None] | None = None

    def records(self, *_args: t.Any) -> t.Any:
        return success({"pool": {"name_label": "pool-a", "master": "h1", "other_config": self.config}})

    def read(self, *_args: t.Any) -> t.Any:
        return success(self.config)

    def time(self, *_args: t.Any) -> t.Any:
        return success(f"20261120T{self.minute // 60:02d}:{self.minute % 60:02d}:00Z")

    def add(self, _session: str, pool: str, key: str, value: str) -> t.Any:
        self._missed()
        act, self.before_add = self.before_add, None
        if act is not None:
            act()
        if key in self.config:
            return failure("MAP_DUPLICATE_KEY", "pool", "other_config", pool, key)
        self.config[key] = value
        if self.only_adds:
            self.only_adds -= 1
            self.miss = 0 if self.only_adds else 2
        return self._reply()

    def remove(self, _session: str, _pool: str, key: str) -> t.Any:
        self._missed()
        self.config.pop(key, None)
        return self._reply()

    def sync(self, *_args: t.Any) -> t.Any:
        self.synced += 1
        return failure("RESTORE_INCOMPATIBLE_VERSION") if self.refuse_sync else success()

    def _missed(self) -> None:
        """A call that never came."""
        if self.miss:
            self.miss -= 1
            raise HangUp

    def _reply(self) -> t.Any:
        if self.lose:
            self.lose -= 1
            raise HangUp
        return success()


def serve(board: Blackboard, start_host: t.Callable[..., Scripted]) -> Scripted:
    """A master whose pool is the blackboard."""
    return start_host(
        pool__get_all_records=board.records,
        pool__get_other_config=board.read,
        pool__add_to_other_config=board.add,
        pool__remove_from_other_config=board.remove,
        pool__sync_database=board.sync,
        host__get_servertime=board.time,
    )
