# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at both captains and judges; read-only. It finds rather than fails: what cannot be seen is a finding, too.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._argspec import ArgumentSpec, cloudstack_spec, xapi_spec
from .._maintenance.audit.checks import checks_for, ours, preflight, weighed
from .._maintenance.audit.model import Policy, Scope, refuse_blocked, refuse_findings
from .._maintenance.audit.purpose import Purpose
from .._maintenance.audit.registry import PURPOSES
from .._maintenance.audit.report import Report, lines
from .._maintenance.audit.unseen import NO_CLOUD, cloud_alone
from .._maintenance.estate import Pool
from .._maintenance.leaving import still_here
from .._maintenance.lookup import find_host
from .._maintenance.matching import match
from .._maintenance.taken_back import cloud_after, pool_after
from .._xapi.login import beside, plain_address
from ._context import Context, Outcome
from ._neighbours import host_and_addresses
from ._sight import Sight, look

SPEC = (
    xapi_spec()
    | cloudstack_spec()
    | ArgumentSpec(
        options={
            "purpose": {"type": "str", "choices": sorted(PURPOSES), "default": "audit"},
            "hosts": {"type": "list", "elements": "str", "default": []},
            "asked": {"type": "dict", "default": {}},
            "cluster": {"type": "str"},
            "min_ha_timeout": {"type": "int", "default": 120},
            "min_hosts": {"type": "int", "default": 3},
            "max_clock_skew": {"type": "int", "default": 5},
            "expiry_days": {"type": "int", "default": 30},
            "run_id": {"type": "str"},
            "after_undo": {"type": "bool", "default": False},
            "fail_on": {"type": "str", "choices": ["blocker", "warning", "none"]},
        }
    )
)


def run(context: Context) -> Outcome:
    """Read, match, judge."""
    purpose = PURPOSES[context.params["purpose"]]
    # A preflight has no use for what has been; it is about what stands in the way now.
    sight = look(context, past=purpose.name == "audit")
    report = _judge(context, purpose, _after_undo(sight) if context.params["after_undo"] else sight)
    result = report.as_dict()
    if report.purpose == "audit":
        for line in lines(report):
            context.report(line)
    _refuse(context, report, result)
    warnings = [finding.sentence for finding in report.findings if finding.severity == "warning"]
    return Outcome(result=result, warnings=[] if report.purpose == "audit" else warnings)


def _after_undo(sight: Sight) -> Sight:
    """What the role that asks would see if it had been allowed to take back what an earlier run left."""
    if sight.pool is None:
        return sight
    cloud = cloud_after(sight.pool, sight.cloud) if sight.cloud else None
    return replace(sight, pool=pool_after(sight.pool), cloud=cloud)


def _judge(context: Context, purpose: Purpose, sight: Sight) -> Report:
    if sight.pool is None:
        found = weighed(purpose, [*sight.findings, *(cloud_alone(sight.cloud) if sight.cloud else ())])
        return Report(plain_address(context.params["hostname"]), purpose.name, tuple(found), cloud=sight.cloud)
    estate = replace(match(sight.pool, sight.cloud or NO_CLOUD), facts=sight.facts)
    scope = _scope(context, purpose, sight.pool)
    checks = checks_for(purpose, sight.cloud is not None)
    judged = [each for each in preflight(estate, scope, checks) if not purpose.excused(estate, scope, each)]
    found = weighed(purpose, [*sight.findings, *judged])
    return Report(
        name=sight.pool.label,
        purpose=purpose.name,
        findings=tuple(found),
        estate=estate,
        cloud=sight.cloud,
        work=purpose.plan(estate, scope) if sight.cloud else {},
        ha_left_off=scope.ha_left_off,
    )


def _scope(context: Context, purpose: Purpose, pool: Pool) -> Scope:
    named: tuple[str, ...] = ()
    if purpose.hosts != "free":
        wanted = context.params["hosts"] if purpose.hosts != "leaving" else still_here(pool, context.params["hosts"])
        named = tuple(dict.fromkeys(find_host(pool, each).ref for each in wanted))
    changed, ha_left_off = ours(pool.other_config)
    return Scope(
        purpose=purpose.name,
        work=_emptied(purpose, pool, named),
        ours=changed,
        ha_left_off=ha_left_off,
        named=named,
        asked=_asked(context, pool),
        policy=_policy(context.params),
        run_id=context.params["run_id"] or "",
    )


def _policy(params: t.Mapping[str, t.Any]) -> Policy:
    return Policy(
        min_ha_timeout_s=params["min_ha_timeout"],
        min_hosts=params["min_hosts"],
        max_clock_skew_s=params["max_clock_skew"],
        expiry_days=params["expiry_days"],
    )


def _emptied(purpose: Purpose, pool: Pool, named: tuple[str, ...]) -> frozenset[str]:
    if purpose.hosts == "all" and not named:
        return frozenset(host.ref for host in pool.hosts)
    return frozenset(named) if purpose.hosts in ("all", "emptied", "leaving") else frozenset()


def _asked(context: Context, pool: Pool) -> dict[str, t.Any]:
    """What the role was asked for, its hosts included as they were written, and the ways to the pool."""
    given = plain_address(context.params["hostname"])
    return {
        **context.params["asked"],
        "hosts": context.params["hosts"],
        "through": sorted(host_and_addresses(given)),
        "beside": sorted(set().union(*map(host_and_addresses, context.params["members"]))),
        "ways": {host.address: beside(host.address, given) for host in pool.hosts},
    }


def _refuse(context: Context, report: Report, result: t.Mapping[str, t.Any]) -> None:
    """A preflight stops what it is the preflight of; an audit only reports, unless it is told otherwise."""
    fail_on = context.params["fail_on"] or ("none" if report.purpose == "audit" else "blocker")
    if report.purpose != "audit" and fail_on != "none":
        refuse_blocked(report.name, report.findings, **result)
    if fail_on != "none":
        refuse_findings(report.name, report.findings, fail_on, **result)
