# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at both captains and judges; read-only. It finds rather than fails: what cannot be seen is a finding, too.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._argspec import ArgumentSpec, cloudstack_spec, xapi_spec
from .._cloudstack.picture import read_cloud
from .._maintenance.audit.checks import CHECKS, POOL_CHECKS, ours, preflight, weighed
from .._maintenance.audit.model import Finding, Scope, refuse_blocked, refuse_findings
from .._maintenance.audit.purpose import Purpose
from .._maintenance.audit.registry import PURPOSES
from .._maintenance.audit.report import Report
from .._maintenance.audit.unseen import NO_CLOUD, cloud_unseen, pool_unseen
from .._maintenance.cluster import CloudPicture
from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Pool
from .._maintenance.lookup import find_host
from .._maintenance.matching import match
from .._xapi.errors import Unreachable
from .._xapi.login import plain_address
from .._xapi.picture import read_pool
from ._context import Context, Outcome

SPEC = (
    xapi_spec()
    | cloudstack_spec()
    | ArgumentSpec(
        options={
            "purpose": {"type": "str", "choices": sorted(PURPOSES), "default": "audit"},
            "hosts": {"type": "list", "elements": "str", "default": []},
            "asked": {"type": "dict", "default": {}},
            "cluster": {"type": "str"},
            "fail_on": {"type": "str", "choices": ["blocker", "warning", "none"]},
        }
    )
)


@dataclass(frozen=True)
class Sight:
    """What could be seen of the two, and what is to say about the rest."""

    pool: Pool | None
    cloud: CloudPicture | None
    findings: tuple[Finding, ...]


def run(context: Context) -> Outcome:
    """Read, match, judge."""
    report = _judge(context, PURPOSES[context.params["purpose"]], _look(context))
    result = report.as_dict()
    _refuse(context, report, result)
    warnings = [finding.sentence for finding in report.findings if finding.severity == "warning"]
    return Outcome(result=result, warnings=[] if report.purpose == "audit" else warnings)


def _look(context: Context) -> Sight:
    findings: list[Finding] = []
    pool, cloud = None, None
    try:
        pool = read_pool(context.xapi)
    except Unreachable as error:
        findings.append(pool_unseen(error.message))
    try:
        cloud = read_cloud(context.cloudstack, context.params["cluster"], _addresses(context, pool))
    except MaintenanceError as error:
        findings.append(cloud_unseen(error.message))
    return Sight(pool, cloud, tuple(findings))


def _addresses(context: Context, pool: Pool | None) -> list[str]:
    """Without the pool's own word, the addresses that we were given for it."""
    if pool is not None:
        return [host.address for host in pool.hosts]
    return [plain_address(each) for each in (context.params["hostname"], *context.params["members"])]


def _judge(context: Context, purpose: Purpose, sight: Sight) -> Report:
    if sight.pool is None:
        found = weighed(purpose, sight.findings)
        return Report(plain_address(context.params["hostname"]), purpose.name, tuple(found))
    estate = match(sight.pool, sight.cloud or NO_CLOUD)
    scope = _scope(context, purpose, sight.pool)
    checks = (*CHECKS, *purpose.checks) if sight.cloud else POOL_CHECKS
    found = weighed(purpose, [*sight.findings, *preflight(estate, scope, checks)])
    return Report(
        name=sight.pool.label,
        purpose=purpose.name,
        findings=tuple(found),
        estate=estate,
        cloud_seen=sight.cloud is not None,
        work=purpose.plan(estate, scope) if sight.cloud else {},
    )


def _scope(context: Context, purpose: Purpose, pool: Pool) -> Scope:
    named: tuple[str, ...] = ()
    if purpose.hosts != "free":
        named = tuple(dict.fromkeys(find_host(pool, each).ref for each in context.params["hosts"]))
    changed, ha_left_off = ours(pool.other_config)
    return Scope(purpose.name, _emptied(purpose, pool, named), changed, ha_left_off, named, _asked(context))


def _emptied(purpose: Purpose, pool: Pool, named: tuple[str, ...]) -> frozenset[str]:
    if purpose.hosts == "all" and not named:
        return frozenset(host.ref for host in pool.hosts)
    return frozenset(named) if purpose.hosts in ("all", "emptied") else frozenset()


def _asked(context: Context) -> dict[str, t.Any]:
    """What the role was asked for, its hosts included as they were written."""
    return {**context.params["asked"], "hosts": context.params["hosts"]}


def _refuse(context: Context, report: Report, result: t.Mapping[str, t.Any]) -> None:
    """A preflight stops what it is the preflight of; an audit only reports, unless it is told otherwise."""
    fail_on = context.params["fail_on"] or ("none" if report.purpose == "audit" else "blocker")
    if report.purpose != "audit" and fail_on != "none":
        refuse_blocked(report.name, report.findings, **result)
    if fail_on != "none":
        refuse_findings(report.name, report.findings, fail_on, **result)
