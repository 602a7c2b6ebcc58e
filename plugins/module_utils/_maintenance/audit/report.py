# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the audit returns: plain dictionaries for playbooks, and a page for people.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..cluster import CloudPicture, Cluster
from ..estate import Pool
from ..gates import expected_of
from ..ha import ha_before
from ..matching import Estate
from ..plan_lines import ha_in_run
from ..views import ha_view
from .captains import captains_of
from .model import Finding

_TITLES = {"blocker": "Blockers", "warning": "Warnings", "info": "Good to know"}


@dataclass(frozen=True, slots=True)
class Report:
    """All that an audit has to say; without ``estate`` the pool was not to be seen, without ``cloud`` the cluster."""

    name: str
    purpose: str
    findings: tuple[Finding, ...]
    estate: Estate | None = None
    cloud: CloudPicture | None = None
    work: t.Mapping[str, t.Any] = field(default_factory=dict)
    ha_left_off: bool = False

    def as_dict(self) -> dict[str, t.Any]:
        """The result of the module."""
        estate = self.estate
        return {
            "purpose": self.purpose,
            "findings": [finding.as_dict() for finding in self.findings],
            "captains": captains_of(estate) if estate else None,
            "pool": _pool_view(estate, self.ha_left_off) if estate else None,
            "cluster": _cluster_view(self.cloud.cluster) if self.cloud else None,
            "work": dict(self.work),
            "markdown": markdown(self),
        }


def _pool_view(estate: Estate, ha_left_off: bool) -> dict[str, t.Any]:
    pool = estate.pool
    ha = ha_view(pool.ha)
    return {
        "label": pool.label,
        "name": pool.name,
        "uuid": pool.uuid,
        "master": _host_view(pool, pool.master),
        "members": sorted(host.address for host in pool.hosts),
        "hosts": [_host_view(pool, host.ref) for host in pool.hosts],
        "ha": ha,
        "ha_text": f"{pool.label}: {ha_in_run(ha, ha_left_off)}",
        "ha_before": ha_before(pool.ha),
        "expected": expected_of(pool, estate.cloud),
    }


def _host_view(pool: Pool, ref: str) -> dict[str, str]:
    host = pool.host(ref)
    return {"name": host.name, "uuid": host.uuid, "address": host.address}


def _cluster_view(cluster: Cluster) -> dict[str, str]:
    return {
        "id": cluster.id,
        "name": cluster.name,
        "managed_state": cluster.managed_state,
        "allocation_state": cluster.allocation_state,
    }


def lines(report: Report) -> list[str]:
    """The audit as it is told while it runs: the captains, then a line a finding."""
    told = [f"{report.name}: {len(report.findings)} findings, the worst first"]
    if report.estate is not None:
        captains = captains_of(report.estate)
        told = [
            f"{report.name}: a new master is elected by {_CAPTAINS[captains['master']]}, "
            f"VMs of CloudStack are restarted by {_CAPTAINS[captains['vms']]}"
        ]
    return told + [f"{report.name}: {each.severity} {each.code}: {each.sentence}" for each in report.findings]


def markdown(report: Report) -> str:
    """The audit as a page: the captains first, then the findings by severity."""
    lines = [f"# Audit of {_text(report.name)}", ""]
    if report.estate is not None:
        captains = captains_of(report.estate)
        lines += [f"- A new master would be elected by: **{_CAPTAINS[captains['master']]}**"]
        lines += [f"- VMs of CloudStack would be restarted by: **{_CAPTAINS[captains['vms']]}**", ""]
    if not report.findings:
        lines += ["Nothing to complain of.", ""]
    for severity, title in _TITLES.items():
        lines += _section(title, [finding for finding in report.findings if finding.severity == severity])
    return "\n".join(lines)


_CAPTAINS = {"pool_ha": "pool HA", "cloudstack": "CloudStack", "both": "both", "nobody": "nobody"}


def _section(title: str, findings: t.Sequence[Finding]) -> list[str]:
    if not findings:
        return []
    rows = [f"| {_row(finding)} |" for finding in findings]
    return [f"## {title}", "", "| what | is wrong | what to do | code |", "|---|---|---|---|", *rows, ""]


def _row(finding: Finding) -> str:
    return " | ".join([_text(finding.object), _text(finding.text), _text(finding.remedy), f"`{finding.code}`"])


def _text(text: str) -> str:
    """Names are free text, and must not break a table or become markup."""
    plain = " ".join(text.split()).replace("\\", "\\\\")
    for mark in "|<>[]*_`":
        plain = plain.replace(mark, f"\\{mark}")
    return plain
