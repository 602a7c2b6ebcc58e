# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module's front door: from AnsibleModule to an operation and back.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._argspec import ArgumentSpec
from ._libraries import missing_libraries
from ._maintenance.errors import MaintenanceError
from ._operations._carry_out import carry_out
from ._operations._context import Context, Outcome


def run_module(spec: ArgumentSpec, operation: t.Callable[[Context], Outcome]) -> None:
    """Run an operation as a module: validate, call, translate the outcome or the error."""
    module = AnsibleModule(argument_spec=spec.options, supports_check_mode=True, **spec.rules())
    for name, trace in missing_libraries(spec.options):
        module.fail_json(msg=missing_required_lib(name), exception=trace)
    context = Context(params=module.params, check_mode=module.check_mode, report=module.log)
    try:
        outcome = carry_out(operation, context)
    except MaintenanceError as error:
        module.fail_json(msg=error.message, **error.details)
    finally:
        context.close()
    for warning in outcome.warnings:
        module.warn(warning)
    module.exit_json(**outcome.as_result(module._diff))
