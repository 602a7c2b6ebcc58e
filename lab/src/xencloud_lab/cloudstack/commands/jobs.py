# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking for jobs."""

from __future__ import annotations

from ..call import Call
from ..envelope import Body
from ..registry import Listing, command
from ..views.jobs import job_view


@command("queryAsyncJobResult", "jobid!")
def query_async_job_result(call: Call) -> Body:
    job = call.server.jobs.get(call.text("jobid"))
    if job is None:
        raise call.bad("jobid")
    return job_view(call.server, job)


@command(
    "listAsyncJobs", "startdate", "listall", "account", "domainid", "managementserverid", "keyword", "page", "pagesize"
)
def list_async_jobs(call: Call) -> Listing:
    return Listing("asyncjobs", [job_view(call.server, job) for job in call.server.jobs.all()])
