# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The live front door: an operation run inside the controller, with progress lines as they happen.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import json
import typing as t

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.xencloud.maintenance.plugins.module_utils._libraries import missing_libraries
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations._carry_out import carry_out
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations._context import Context, Operation

display = Display()


class OperationAction(ActionBase):
    """Runs ``operation`` in-process; falls back to the module of the same name for other machines and ``async``."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = True
    _supports_diff = True

    operation: Operation

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Validate the task's options, call the operation, mask secrets in what it returned."""
        task_vars = task_vars or {}
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        if self._task.async_val or not self._runs_here():
            return {**result, **self._as_module(task_vars)}
        spec = self.operation.SPEC
        validation, params = self.validate_argument_spec(spec.options, **spec.rules())
        answer = self._answer(_plain(params), str(task_vars.get("inventory_hostname", "")))
        masked: dict[str, t.Any] = remove_values(answer, validation._no_log_values)
        return {**result, **masked}

    def _runs_here(self) -> bool:
        return self._connection.transport == "local"

    def _as_module(self, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        answer: dict[str, t.Any] = self._execute_module(
            module_name=self._task.action, task_vars=task_vars, wrap_async=self._task.async_val
        )
        return answer

    def _answer(self, params: dict[str, t.Any], label: str) -> dict[str, t.Any]:
        missing = missing_libraries(self.operation.SPEC.options)
        if missing:
            return {"failed": True, "msg": missing_required_lib(missing[0][0])}
        context = Context(
            params=params,
            check_mode=self._task.check_mode,
            report=lambda line: display.display(f"    {_labelled(line, label)}", color="bright blue"),
        )
        try:
            outcome = carry_out(self.operation.run, context)
        except MaintenanceError as error:
            return {"failed": True, "changed": False, "msg": error.message, **error.details}
        finally:
            context.close()
        for warning in outcome.warnings:
            display.warning(warning)
        return outcome.as_result(self._task.diff)


def _labelled(line: str, label: str) -> str:
    """A line of a host begins with its pool, a line of the pool itself has it already."""
    return line if line.split(" ", 1)[0].rstrip(":") == label else f"{label}/{line}"


def _plain(params: dict[str, t.Any]) -> dict[str, t.Any]:
    """The options as a module would get them: templates leave marked strings, which XML-RPC cannot send."""
    plain: dict[str, t.Any] = json.loads(json.dumps(params))
    return plain
