# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One API call: its parameters as the command wants them (``cloudstack.md`` 4.5)."""

from __future__ import annotations

import typing as t

from .errors import PARAMETER, SERVER_API_EXCEPTION, ApiError
from .registry import Command
from .rows import Row
from .tables import Table
from .users import User

if t.TYPE_CHECKING:
    from .manager import ManagementServer

R = t.TypeVar("R", bound=Row)

_ENTITIES = {
    "hostid": "hosts",
    "clusterid": "clusters",
    "podid": "pods",
    "zoneid": "zones",
    "storageid": "storage",
    "virtualmachineid": "instances",
    "serviceofferingid": "offerings",
    "affinitygroupid": "groups",
}
"""The tables of parameters that name an object."""


class Call:
    """A command with its parameters, whose names are in lower case by now.

    :ivar about: what the job of an async command is about.
    :ivar queue: which jobs it waits for.
    """

    def __init__(self, server: ManagementServer, command: Command, params: dict[str, str], user: User) -> None:
        self.server = server
        self.user = user
        self.command = command
        self.about: Row | None = None
        self.queue = ""
        self._params = params

    def has(self, name: str) -> bool:
        return bool(self._params.get(name))

    def text(self, name: str, default: str = "") -> str:
        return self._params.get(name) or default

    def starting_with(self, prefix: str) -> dict[str, str]:
        """The parameters whose names begin like this."""
        return {name: value for name, value in self._params.items() if name.startswith(prefix)}

    def flag(self, name: str, default: bool = False) -> bool:
        return self._params[name].lower() == "true" if self.has(name) else default

    def number(self, name: str) -> int | None:
        """A whole number, None when it is not given.

        :raises ApiError: it is none.
        """
        if not self.has(name):
            return None
        try:
            return int(self._params[name])
        except ValueError:
            raise self.bad(name) from None

    def words(self, name: str) -> list[str]:
        """A comma-separated list."""
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

    def row(self, name: str, *tables: Table[R]) -> R:
        """The object that a parameter names by uuid.

        :raises ApiError: there is none.
        """
        found = self.row_if_given(name, *tables)
        if found is None:
            raise ApiError(PARAMETER, self.missing_text(name), SERVER_API_EXCEPTION)
        return found

    def row_if_given(self, name: str, *tables: Table[R]) -> R | None:
        """``row`` for an optional parameter."""
        if not self.has(name):
            return None
        for table in tables:
            found = table.get(self._params[name])
            if found is not None:
                return found
        raise self.bad(name)

    def bad(self, name: str) -> ApiError:
        """A value that cannot be read, or names nothing."""
        why = "due to incorrect long value format, or entity does not exist"
        more = "or due to incorrect parameter annotation for the field in api cmd class."
        value = self._params.get(name, "")
        return ApiError(PARAMETER, f"Invalid parameter {name} value={value} {why} {more}", SERVER_API_EXCEPTION)

    def missing_text(self, name: str) -> str:
        return f"Unable to execute API command {self.command.name.lower()} due to missing parameter {name}"

    def check_required(self) -> None:
        """All parameters that must be there are.

        :raises ApiError: one is not.
        """
        for name in self.command.required:
            if not self.has(name):
                raise ApiError(PARAMETER, self.missing_text(name), SERVER_API_EXCEPTION)

    def check_entities(self) -> None:
        """Every object that a parameter names by uuid exists.

        :raises ApiError: one does not; that is how "host not found" looks.
        """
        for name in self.command.params:
            tables = self.command.id_of if name == "id" else (_ENTITIES.get(name, ""),)
            if any(tables):
                self.row_if_given(name, *(getattr(self.server.tables, table) for table in tables))
