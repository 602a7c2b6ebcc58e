# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading both captains for an audit, which has to say something even when one of them is not to be seen.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._cloudstack.events import preparing_since
from .._cloudstack.picture import read_cloud
from .._cloudstack.settings import read_settings
from .._maintenance.audit.model import Finding
from .._maintenance.audit.unseen import cloud_unseen, pool_unseen
from .._maintenance.cluster import MAINTENANCE_STATES, CloudPicture
from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Pool
from .._maintenance.facts import Facts
from .._maintenance.ladder.facts import Voice
from .._xapi.apart import stands_apart
from .._xapi.errors import Unreachable
from .._xapi.facts import read_facts
from .._xapi.host_session import listen
from .._xapi.login import Credentials, beside, plain_address
from .._xapi.messages import read_messages
from .._xapi.picture import read_pool
from ._at_once import ask_all
from ._context import Context

# A host that lives answers a login at once, in emergency mode too.
_ANSWER_S = 5.0


@dataclass(frozen=True)
class Sight:
    """What could be seen of the two, and what is to say about the rest."""

    pool: Pool | None
    cloud: CloudPicture | None
    facts: Facts
    findings: tuple[Finding, ...]


def look(context: Context, past: bool) -> Sight:
    """Read all there is; a wrong password or certificate is an error, silence is a finding.

    :param past: also what the pool has told people in the last day.
    """
    findings: list[Finding] = []
    pool, cloud, facts = None, None, Facts()
    try:
        pool = read_pool(context.xapi)
        facts = read_facts(context.xapi, pool)
        voices = _voices(context, pool, facts)
        facts = replace(
            facts,
            voices=voices,
            apart=_apart(context, pool, voices),
            messages=read_messages(context.xapi, facts.now) if past else (),
        )
    except Unreachable as error:
        findings.append(pool_unseen(error.message))
    try:
        cloud = read_cloud(context.cloudstack, context.params["cluster"], _addresses(context, pool))
        facts = replace(
            facts,
            settings=read_settings(context.cloudstack, cloud.cluster),
            preparing_since=_preparing_since(context, cloud),
        )
    except MaintenanceError as error:
        findings.append(cloud_unseen(error.message))
    return Sight(pool, cloud, facts, tuple(findings))


def _voices(context: Context, pool: Pool, facts: Facts) -> dict[str, Voice]:
    """What answers at the hosts of which the master has nothing to tell, all at the same time."""
    lost = [host for host in pool.hosts if not host.live or host.ref in facts.silent]
    credentials = Credentials.from_params(context.params)
    patient = replace(credentials, timeout_s=min(_ANSWER_S, credentials.timeout_s))
    doors = {host.ref: beside(host.address, context.xapi.address) for host in lost}
    return ask_all(doors, lambda door: listen(door, patient))


def _apart(context: Context, pool: Pool, voices: t.Mapping[str, Voice]) -> frozenset[str]:
    """Those that the pool lists though they are pools of their own; only a master can be one."""
    masters = [ref for ref, voice in voices.items() if voice.state == "master"]
    return frozenset(ref for ref in masters if stands_apart(context.xapi, pool, pool.host(ref)))


def _preparing_since(context: Context, cloud: CloudPicture) -> dict[str, float]:
    """Asked only when there is such a host."""
    halted = [host for host in cloud.hosts if host.resource_state in MAINTENANCE_STATES - {"Maintenance"}]
    return preparing_since(context.cloudstack, halted) if halted else {}


def _addresses(context: Context, pool: Pool | None) -> list[str]:
    """Without the pool's own word, the addresses that we were given for it."""
    if pool is not None:
        return [host.address for host in pool.hosts]
    given = (context.params["hostname"], *context.params["members"])
    return [plain_address(each).rpartition(":")[0] or plain_address(each) for each in given]
