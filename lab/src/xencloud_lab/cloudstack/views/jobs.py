# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Async jobs (``cloudstack.md`` 4.6)."""

from __future__ import annotations

import typing as t

from ..envelope import Body, date, known
from ..jobs import PENDING, Job

if t.TYPE_CHECKING:
    from ..manager import ManagementServer


def job_view(server: ManagementServer, job: Job) -> Body:
    """A job; one that is pending, or was lost, has no result."""
    has_result = job.status != PENDING and job.result is not None
    return known(
        {
            "accountid": server.account_uuid,
            "account": "admin",
            "domainid": server.domain_uuid,
            "domainpath": "ROOT",
            "userid": server.user_uuid,
            "cmd": job.name,
            "jobstatus": job.status,
            "jobprocstatus": 0,
            "jobresultcode": job.code,
            "jobresulttype": "object" if has_result else None,
            "jobresult": job.result if has_result else None,
            "jobinstancetype": job.instance_type or None,
            "jobinstanceid": job.instance_uuid or None,
            "managementserverid": server.uuid if server.profile.server_id_is_uuid else None,
            "created": date(job.created),
            "completed": date(job.completed) if server.profile.since(4, 11) else None,
            "jobid": job.uuid,
        }
    )
