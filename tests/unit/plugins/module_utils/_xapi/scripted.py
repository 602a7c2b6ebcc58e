# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A TLS endpoint that answers XML-RPC by script: for what happens between client and wire, before any XAPI is there."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
import typing as t
import xmlrpc.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ADDRESSES = [f"127.0.0.{number}" for number in range(1, 5)]


class HangUp(Exception):
    """Raised by an answer: the call was heard, and the connection breaks before the reply."""


class NotXml(Exception):
    """Raised by an answer: some other web server is at this address."""


Answer = t.Callable[..., t.Any]


def success(value: t.Any = "") -> dict[str, t.Any]:
    """What xapi sends for a call that worked."""
    return {"Status": "Success", "Value": value}


def failure(code: str, *params: str) -> dict[str, t.Any]:
    """What xapi sends for a call that it refuses."""
    return {"Status": "Failure", "ErrorDescription": [code, *params]}


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: t.Any, client_address: t.Any) -> None:
        """A client that does not trust the certificate hangs up; that is a test's subject, not noise."""


class Scripted:
    """One host; ``answers`` by method, ``heard`` is every call in order."""

    def __init__(self, address: str, port: int, certificate: Path, **answers: Answer) -> None:
        self.answers: dict[str, Answer] = {
            "session.login_with_password": lambda *_args: success("OpaqueRef:session"),
            "session.logout": lambda *_args: success(),
            **{name.replace("__", "."): answer for name, answer in answers.items()},
        }
        self.heard: list[str] = []
        self.server = _Server((address, port), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.address = f"{address}:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, body: bytes) -> bytes:
        """The reply to one request."""
        params, method = xmlrpc.client.loads(body)
        self.heard.append(str(method))
        answer = self.answers.get(str(method))
        reply = answer(*params) if answer else failure("MESSAGE_METHOD_UNKNOWN", str(method))
        return xmlrpc.client.dumps((reply,), methodresponse=True).encode()

    def stop(self) -> None:
        """Answer no more."""
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    reply = scripted.answer(body)
                except HangUp:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                except NotXml:
                    reply = b"<html>It works!</html>"
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_args: t.Any) -> None:
                """Nobody reads it."""

        return Handler


def make_certificate(folder: Path) -> Path:
    """A certificate of its own authority for all addresses, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "scripted")])
    now = datetime.datetime.now(datetime.UTC)
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(text)) for text in ADDRESSES])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(addresses, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
