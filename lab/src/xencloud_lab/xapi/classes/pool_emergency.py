# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages that a host answers alone: emergency calls, and calls made with a local session on a member.

Sources: ``xapi.md`` 1.7, 2.8, 3.2; ``xapi_observed.md``, surprise 1; transcripts ``emergency_*``.
"""

from __future__ import annotations

import typing as t

from .. import access, emergency, enabling, liveness
from ..errors import XapiError
from ..registry import Call, message
from ..rows import host_ref, set_live

if t.TYPE_CHECKING:
    from ..toolstack import Toolstack


@message("pool", "emergency_transition_to_master", local=True)
def pool_emergency_transition_to_master(call: Call) -> None:
    emergency.transition_to_master(call.toolstack)


@message("pool", "emergency_reset_master", local=True)
def pool_emergency_reset_master(call: Call, address: str) -> None:
    emergency.reset_master(call.toolstack, address)


@message("pool", "recover_slaves", local=True)
def pool_recover_slaves(call: Call) -> list[str]:
    """On whichever host it is called; a member reads the list of hosts from its master."""
    db = call.toolstack.database()
    if db is None:
        raise access.Hangs
    return emergency.recover_slaves(call.toolstack, db)


@message("host", "emergency_ha_disable", local=True)
def host_emergency_ha_disable(call: Call, soft: bool = False) -> None:
    """Silent about a host that is not armed when ``soft``."""
    emergency.disable_ha(call.toolstack, soft=soft)


@message("host", "is_in_emergency_mode", local=True)
def host_is_in_emergency_mode(call: Call) -> bool:
    return call.toolstack.emergency is not None


@message("host", "local_assert_healthy", local=True)
def host_local_assert_healthy(call: Call) -> None:
    """For local sessions only (observed, 1.5)."""
    if call.session not in call.toolstack.local_sessions:
        raise _internal("host.local_assert_healthy")
    if call.toolstack.emergency is not None:
        raise call.toolstack.emergency


@message("host", "ha_xapi_healthcheck", local=True)
def host_ha_xapi_healthcheck(_call: Call) -> bool:
    """xhad asks this; a xapi that answers is healthy."""
    return True


@message("host", "shutdown_agent", local=True)
def host_shutdown_agent(call: Call) -> None:
    """The toolstack ends after the fuse and stays away; the pool is told at once (``xapi.md`` 5.5)."""
    toolstack, db = call.toolstack, call.toolstack.database()
    if db is not None:
        host = host_ref(db, call.machine)
        enabling.disable(db, host)
        set_live(db, host, False, call.now)
    toolstack.later(call.world.durations.fuse, _end, toolstack)


def _end(toolstack: Toolstack) -> None:
    liveness.going_down(toolstack)
    toolstack.stop()


@message("host", "propose_new_master", local=True)
def host_propose_new_master(_call: Call, _address: str, _manual: bool) -> t.NoReturn:
    raise _internal("host.propose_new_master")


@message("host", "commit_new_master", local=True)
def host_commit_new_master(_call: Call, _address: str) -> t.NoReturn:
    raise _internal("host.commit_new_master")


@message("host", "abort_new_master", local=True)
def host_abort_new_master(_call: Call, _address: str) -> t.NoReturn:
    raise _internal("host.abort_new_master")


def _internal(method: str) -> XapiError:
    """What only hosts of the pool ask each other."""
    text = f'Internal API "{method}" call attempted with non-pool (external) session'
    return XapiError("INTERNAL_ERROR", text)
