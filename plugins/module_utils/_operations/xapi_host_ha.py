# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disarms HA on one host that is still armed although its pool's HA is off.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .._argspec import ArgumentSpec, waiting_spec, xapi_spec
from .._maintenance.estate import Host, Pool
from .._maintenance.ladder.facts import Voice
from .._maintenance.lookup import find_host
from .._maintenance.waiter import NotYet
from .._xapi.host_session import disarm_ha, listen
from .._xapi.login import Credentials, beside
from .._xapi.picture import read_pool
from ._context import Context, Outcome
from ._pool import refuse

SPEC = (
    xapi_spec()
    | waiting_spec(600)
    | ArgumentSpec(
        options={
            "host": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["disarmed"], "default": "disarmed"},
        }
    )
)

# A host says so only while its armed HA keeps it from starting (xapi.md 2.8).
_STUCK = ("HA_HOST_CANNOT_ACCESS_STATEFILE", "HA_HEARTBEAT_DAEMON_STARTUP_FAILED")


def run(context: Context) -> Outcome:
    """Do it only behind the proof: a master serves the pool and says that HA is off."""
    pool = read_pool(context.xapi)
    host = find_host(pool, context.params["host"])
    address = beside(host.address, context.xapi.address)
    credentials = Credentials.from_params(context.params)
    voice = _listen(pool, host, address, credentials)
    stuck = voice.code in _STUCK
    if stuck:
        refuse(
            host.name,
            ["pool HA is on, so the others count on its heartbeat"] if pool.ha.enabled else [],
            "Repair its path to the heartbeat SR, or switch HA off for the pool first.",
        )
        if not context.check_mode:
            voice = _disarm(context, host, address, credentials)
    return Outcome(
        changed=stuck,
        result={"host": {"name": host.name, "address": host.address, "answers": voice.state, "code": voice.code}},
        before={"ha": "armed" if stuck else "not armed"},
        after={"ha": "not armed"},
    )


def _listen(pool: Pool, host: Host, address: str, credentials: Credentials) -> Voice:
    return Voice("master") if host.ref == pool.master else listen(address, credentials)


def _disarm(context: Context, host: Host, address: str, credentials: Credentials) -> Voice:
    context.report(f"{host.name} host.emergency_ha_disable is called")
    disarm_ha(address, credentials)

    def probe() -> Voice | NotYet:
        voice = listen(address, credentials)
        return NotYet(voice.text) if voice.code in _STUCK else voice

    voice: Voice = context.waiter().wait(
        f"{host.name}: waiting until HA lets it start", probe, "Look at /var/log/xensource.log of the host."
    )
    context.report(f"{host.name} is not armed any more")
    return voice
