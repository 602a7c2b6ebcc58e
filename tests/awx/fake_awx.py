# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As much of AWX's API as the awx.awx modules need: lists with filters, objects, links, surveys and approval steps.

Like AWX it knows a project's playbooks only after the project's update, and refuses what does not fit.
"""

from __future__ import annotations

import json
import threading
import typing as t
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import survey_rules

Json = dict[str, t.Any]

ROOT = "/api/v2/"
TYPES = {
    "credential_types": "credential_type",
    "credentials": "credential",
    "execution_environments": "execution_environment",
    "inventories": "inventory",
    "inventory_sources": "inventory_source",
    "job_templates": "job_template",
    "notification_templates": "notification_template",
    "organizations": "organization",
    "project_updates": "project_update",
    "projects": "project",
    "schedules": "schedule",
    "workflow_approval_templates": "workflow_approval_template",
    "workflow_job_template_nodes": "workflow_job_template_node",
    "workflow_job_templates": "workflow_job_template",
}
UNIFIED = ("inventory_sources", "job_templates", "projects", "workflow_job_templates")
LINKS = {
    "credentials": "credentials",
    "notification_templates_approvals": "notification_templates",
    "notification_templates_error": "notification_templates",
    "success_nodes": "workflow_job_template_nodes",
    "failure_nodes": "workflow_job_template_nodes",
    "always_nodes": "workflow_job_template_nodes",
}
APPROVAL_FIELDS = ("name", "description", "timeout")


class Refused(Exception):
    """An answer other than success."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(status, body)
        self.status, self.body = status, body


@dataclass
class Controller:
    """What an AWX holds. ``playbooks`` is what every project turns out to contain."""

    playbooks: list[str]
    tables: dict[str, dict[int, Json]] = field(default_factory=lambda: {name: {} for name in TYPES})
    surveys: dict[str, Json] = field(default_factory=dict)
    links: dict[str, list[int]] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)

    def add(self, table: str, body: Json) -> Json:
        """A new object, as AWX shows it."""
        number = 1 + sum(len(each) for each in self.tables.values())
        url = f"{ROOT}{table}/{number}/"
        item: Json = {"type": TYPES[table], "related": {}, "summary_fields": {}, **body, "id": number, "url": url}
        if table in ("job_templates", "workflow_job_templates"):
            item["related"]["survey_spec"] = f"{url}survey_spec/"
        if table == "projects":
            item["scm_revision"] = ""
            update = self.add("project_updates", {"status": "successful", "project": number})
            item["summary_fields"]["current_update"] = {"id": update["id"]}
        self.tables[table][number] = item
        return item

    def named(self, table: str) -> dict[str, Json]:
        """The objects of a table by their names."""
        return {item.get("name") or item["identifier"]: item for item in self.tables[table].values()}

    def linked(self, item: Json, link: str) -> list[Json]:
        return [self.tables[LINKS[link]][number] for number in self.links.get(f"{item['url']}{link}", [])]

    # -- requests

    def answer(self, method: str, path: str, query: Json, body: Json) -> tuple[int, Json]:
        """Status and body."""
        parts = [part for part in path.removeprefix(ROOT).split("/") if part]
        if method != "GET":
            self.changes.append(f"{method} {path}")
        match parts:
            case []:
                return 200, {}
            case ["unified_job_templates"]:
                return 200, self._page(UNIFIED, query)
            case [table] if table in TYPES:
                return (200, self._page((table,), query)) if method == "GET" else (201, self._create(table, body))
            case [table, number] if table in TYPES:
                return 200, self._item(table, number, method, body)
            case [table, number, "survey_spec"]:
                return 200, self._survey(self._find(table, number), method, body)
            case ["workflow_job_template_nodes", number, "create_approval_template"]:
                return 201, self._approval(self._find(parts[0], number), body)
            case [table, number, link] if link in LINKS:
                return self._links(self._find(table, number), link, method, body)
        raise Refused(404, {"detail": "Not found."})

    def _find(self, table: str, number: str) -> Json:
        item = self.tables.get(table, {}).get(int(number))
        if item is None:
            raise Refused(404, {"detail": "Not found."})
        return item

    def _page(self, tables: t.Iterable[str], query: Json) -> Json:
        found = [item for table in tables for item in self.tables[table].values() if fits(item, query)]
        return {"count": len(found), "next": None, "previous": None, "results": found}

    def _create(self, table: str, body: Json) -> Json:
        same = ("name", "organization", "inventory", "identifier", "workflow_job_template")
        if any(all(item.get(key) == body.get(key) for key in same) for item in self.tables[table].values()):
            raise Refused(400, {"__all__": ["It exists already."]})
        self._check(table, body)
        return self.add(table, body)

    def _item(self, table: str, number: str, method: str, body: Json) -> Json:
        item = self._find(table, number)
        if method == "PATCH":
            self._check(table, {**item, **body})
            item.update(body)
        return item

    def _check(self, table: str, body: Json) -> None:
        if table == "job_templates" and (body.get("project") is None or body.get("playbook") not in self.playbooks):
            raise Refused(400, {"playbook": ["Playbook not found for project."]})
        if table == "schedules" and not body.get("rrule", "").startswith("DTSTART"):
            raise Refused(400, {"rrule": ["Valid DTSTART required in rrule."]})

    def _survey(self, item: Json, method: str, body: Json) -> Json:
        if method == "POST":
            problems = survey_rules.complaints(body)
            if problems:
                raise Refused(400, {"error": problems[0]})
            self.surveys[item["name"]] = {**body, "spec": [encrypted(question) for question in body["spec"]]}
        return self.surveys.get(item["name"], {})

    def _approval(self, node: Json, body: Json) -> Json:
        approval = self.add("workflow_approval_templates", {key: body[key] for key in APPROVAL_FIELDS if key in body})
        node["unified_job_template"] = approval["id"]
        node["related"]["unified_job_template"] = approval["url"]
        return approval

    def _links(self, item: Json, link: str, method: str, body: Json) -> tuple[int, Json]:
        if method == "POST":
            ids = self.links.setdefault(f"{item['url']}{link}", [])
            if body.get("disassociate"):
                ids.remove(body["id"])
            else:
                ids.append(self._find(LINKS[link], str(body["id"]))["id"])
            return 204, {}
        found = self.linked(item, link)
        return 200, {"count": len(found), "next": None, "previous": None, "results": found}


def fits(item: Json, query: Json) -> bool:
    return all(str(item.get(key)) == value for key, value in query.items())


def encrypted(question: Json) -> Json:
    """What was typed as a password is never shown again, not even that it was empty."""
    return (
        {**question, "default": "$encrypted$"} if question["type"] == "password" and "default" in question else question
    )


class FakeAwx:
    """The API on a loopback port, for as long as the with block lasts."""

    def __init__(self, controller: Controller) -> None:
        self.controller = controller
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(controller))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> FakeAwx:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *reason: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def handler(controller: Controller) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            try:
                with lock:
                    status, answer = controller.answer(self.command, parts.path, dict(parse_qsl(parts.query)), body)
            except Refused as refused:
                status, answer = refused.status, refused.body
            self._send(status, answer)

        def do_POST(self) -> None:
            self.do_GET()

        def do_PATCH(self) -> None:
            self.do_GET()

        def _send(self, status: int, answer: Json) -> None:
            text = b"" if status == 204 else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *args: t.Any) -> None:
            """Silence: the tests tell what matters."""

    return Handler
