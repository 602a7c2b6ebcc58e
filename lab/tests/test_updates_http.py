# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Uploads and the listing of updates over HTTP (``xapi.md`` 1.1, 6.2 to 6.4)."""

from __future__ import annotations

import asyncio
import base64
import typing as t

import aiohttp
from aiohttp.test_utils import RawTestServer
from running_world import MASTER, PASSWORD, Lab

from xencloud_lab.engine import Engine
from xencloud_lab.http_xapi import XapiHttp
from xencloud_lab.pacer import Pacer
from xencloud_lab.updates import file_of

PATCH = {"name": "XS65E001"}


def request(lab: Lab, method: str, path: str, **options: t.Any) -> tuple[int, str, str]:
    """Status, content type and text of a request to the master."""
    return asyncio.run(_request(lab, method, path, **options))


async def _request(lab: Lab, method: str, path: str, **options: t.Any) -> tuple[int, str, str]:
    engine = Engine(lab.world, Pacer(lab.world.timeline.now, 1.0))
    server = RawTestServer(XapiHttp(engine, lab.machine(MASTER)))
    await server.start_server()
    try:
        async with aiohttp.ClientSession() as client:
            answer = await client.request(method, server.make_url(path), **options)
            return answer.status, answer.content_type, await answer.text()
    finally:
        await server.close()


def test_a_hotfix_is_uploaded_with_a_session_and_a_task_xapi_6_2() -> None:
    lab = Lab(product="xenserver-6.5", updates=[PATCH])
    task = lab.ask("task.create", "upload", "")
    query = {"session_id": lab.login(), "task_id": task}
    assert request(lab, "PUT", "/pool_patch_upload", params=query, data=file_of("XS65E001"))[0] == 200
    assert lab.db.row("task", task)["result"] == f"<value>{lab.ref('pool_patch', 'XS65E001')}</value>"


def test_a_large_file_is_taken_without_the_limit_of_calls_xapi_1_1() -> None:
    lab = Lab(product="xenserver-6.5", updates=[PATCH])
    body = file_of("XS65E001") + bytes(3_000_000)
    status, _kind, _text = request(lab, "PUT", "/pool_patch_upload", params={"session_id": lab.login()}, data=body)
    assert status == 200


def test_the_password_alone_will_do_and_nobody_else_gets_in_xapi_1_1() -> None:
    lab = Lab(product="xenserver-6.5", updates=[PATCH])
    for password, status in (("wrong", 401), (PASSWORD, 200)):
        basic = base64.b64encode(f"root:{password}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        assert request(lab, "PUT", "/pool_patch_upload", headers=headers, data=file_of("XS65E001"))[0] == status


def test_the_listing_is_a_json_document_xapi_6_4() -> None:
    lab = Lab(product="xenserver-8")
    query = {"session_id": lab.login()}
    assert request(lab, "GET", "/updates", params=query)[0] == 404
    lab.ask("pool.sync_updates", lab.pool_ref(), False, "", "")
    status, kind, text = request(lab, "GET", "/updates", params={"session_id": lab.login()})
    assert (status, kind) == (200, "application/json")
    assert "xen-hypervisor" in text
