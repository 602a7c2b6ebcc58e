# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP requests of XAPI beside its calls: uploads and documents (``xapi.md`` 1.1, 6.2 to 6.4).

A handler is a function::

    @handler("PUT", "/pool_patch_upload")
    def pool_patch_upload(call: Call, request: Request) -> str:
        ...

Authentication is a ``session_id`` in the query, or HTTP basic. With a ``task_id`` the task ends as
the request does, and its result is the handler's reference.
"""

from __future__ import annotations

import base64
import typing as t
from dataclasses import dataclass

from ..timeline import Completion
from . import access, cdn_listing, figures, patches, pool_updates, tasks
from .errors import NotModelled, XapiError
from .model import NULL
from .registry import Call
from .rows import pool_row
from .wire_xmlrpc import escape

if t.TYPE_CHECKING:
    from ..machines import Machine

OK = 200
UNAUTHORISED = 401
FORBIDDEN = 403
NOT_FOUND = 404
FAILED = 500
NOT_IMPLEMENTED = 501


@dataclass(frozen=True, slots=True)
class Request:
    """One request; of a body only what its first bytes say is kept."""

    method: str
    path: str
    query: t.Mapping[str, str]
    authorization: str
    body: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Document:
    """An answer."""

    status: int = OK
    content_type: str = "text/html"
    text: str = ""


Handler = t.Callable[[Call, Request], str | Document]
_HANDLERS: dict[tuple[str, str], Handler] = {}


def handler(method: str, path: str) -> t.Callable[[Handler], Handler]:
    """Register the function that answers this request; its text is a JSON document, or a reference for the task."""

    def register(function: Handler) -> Handler:
        _HANDLERS[method, path] = function
        return function

    return register


def known(method: str, path: str) -> bool:
    """Whether there is a handler."""
    return (method, path) in _HANDLERS


def answer(machine: Machine, request: Request) -> Document | Completion:
    """The document, or the refusal as one."""
    toolstack = machine.toolstack
    try:
        access.check_emergency(toolstack, "", request.path)
        call = _call(machine, request)
    except access.Hangs:
        return Completion()
    except XapiError as error:
        unknown = error.code == "SESSION_AUTHENTICATION_FAILED"
        return Document(UNAUTHORISED if unknown else FORBIDDEN, text=error.code)
    return _perform(call, request)


def _call(machine: Machine, request: Request) -> Call:
    """Who asks: a session, or the pool's password for this request alone.

    :raises XapiError: neither is good.
    """
    toolstack, session = machine.toolstack, request.query.get("session_id")
    if session is not None:
        access.check_session(toolstack, session)
    elif not _password_fits(machine, request.authorization):
        raise XapiError("SESSION_AUTHENTICATION_FAILED")
    elif not toolstack.serves_as_master:
        raise access.is_slave(toolstack)
    db = toolstack.database()
    if db is None:
        raise access.Hangs
    return Call(toolstack.world, machine, toolstack, db, session, request.query.get("task_id"), db.release)


def _password_fits(machine: Machine, authorization: str) -> bool:
    wanted = base64.b64encode(f"root:{machine.toolstack.pool.password}".encode()).decode()
    return authorization == f"Basic {wanted}"


def _perform(call: Call, request: Request) -> Document:
    try:
        text = _HANDLERS[request.method, request.path](call, request)
    except NotModelled as error:
        return Document(NOT_IMPLEMENTED, text=" ".join(error.description))
    except XapiError as error:
        tasks.fail(call, error)
        missing = error.code == "NO_REPOSITORY_ENABLED" or error.code.endswith("_XML")
        return Document(NOT_FOUND if missing else FAILED, text=" ".join(error.description))
    if isinstance(text, Document):
        return text
    if request.method == "GET":
        return Document(content_type="application/json", text=text)
    tasks.complete(call, f"<value>{escape(text)}</value>")
    return Document()


# what there is ----------------------------------------------------------------------------


@handler("PUT", "/pool_patch_upload")
def pool_patch_upload(call: Call, request: Request) -> str:
    """A hotfix; from 7.1 on it becomes an update on a disk of the default storage repository."""
    way = call.toolstack.pool.profile.update_way
    if way == "pool_patch":
        return patches.upload(call, request.body)
    if way != "pool_update":
        raise XapiError("INVALID_PATCH")
    sr = pool_row(call.db)["default_SR"]
    if sr == NULL:
        raise XapiError("DEFAULT_SR_NOT_FOUND", sr)
    vdi = pool_updates.store_image(call.world, call.db, sr, "uploaded update", request.size, request.body)
    update = pool_updates.introduce(call.world, call.machine, call.db, vdi)
    return str(pool_updates.shadow_of(call.db, update))


@handler("PUT", "/import_raw_vdi")
def import_raw_vdi(call: Call, request: Request) -> str:
    """The contents of a disk; the lab keeps which update they are."""
    vdi = request.query.get("vdi", "")
    ref = vdi if call.db.exists("VDI", vdi) else call.db.by_uuid("VDI", vdi)
    pool_updates.fill(call.world, call.db, ref, request.body)
    return ref


@handler("GET", "/updates")
def updates(call: Call, request: Request) -> str:
    """What hosts lack."""
    named = [ref for ref in request.query.get("host_refs", "").split(";") if ref]
    for ref in named:
        call.db.row("host", ref)
    return cdn_listing.listing(call.world, call.db, named or list(call.db.rows("host")))


@handler("GET", "/rrd_updates")
def rrd_updates(call: Call, request: Request) -> Document:
    """The newest figures of this host and its guests."""
    query = request.query
    start = int(query["start"]) if query.get("start", "").isdigit() else 0
    table = figures.table(call.db, call.machine, call.now, start, with_host=query.get("host") == "true")
    if query.get("json") == "true":
        return Document(content_type="application/json", text=figures.as_json(table))
    return Document(content_type="text/xml", text=figures.as_xml(table))


@handler("GET", "/host_rrd")
@handler("GET", "/vm_rrd")
def whole_rrd(_call: Call, request: Request) -> t.NoReturn:
    """No archives are kept."""
    raise NotModelled(f"GET {request.path}")
