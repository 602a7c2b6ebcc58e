# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a request is signed as the server signs it (``cloudstack.md`` 4.2)."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import typing as t
import urllib.parse

Params = t.Mapping[str, str]
_EXPIRES = "%Y-%m-%dT%H:%M:%S%z"


def java_quote(value: str) -> str:
    """URLEncoder.encode with ``+`` as ``%20``: ``* - _ .`` stay, ``~`` does not."""
    return urllib.parse.quote(value, safe="*").replace("~", "%7E")


def signature(params: Params, secret: str) -> str:
    """The signature over all parameters but the signature itself."""
    names = sorted(name for name in params if name.lower() != "signature")
    text = "&".join(f"{name}={java_quote(params[name])}" for name in names).lower()
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def verified(params: Params, keys: t.Mapping[str, str], now: float) -> bool:
    """Whether somebody that the server knows has signed this, and not too long ago."""
    lower = {name.lower(): value for name, value in params.items()}
    secret = keys.get(lower.get("apikey", ""))
    if secret is None or "signature" not in lower or _expired(lower, now):
        return False
    return hmac.compare_digest(signature(params, secret).encode(), lower["signature"].encode())


def expires_within(lower: Params, now: float, limit_s: float) -> bool:
    """Whether the request says when it expires, and that is soon enough."""
    moment = _moment(lower)
    return moment is not None and now < moment <= now + limit_s


def _expired(lower: Params, now: float) -> bool:
    if lower.get("signatureversion") != "3":
        return False
    moment = _moment(lower)
    return moment is None or moment <= now


def _moment(lower: Params) -> float | None:
    try:
        return datetime.datetime.strptime(lower.get("expires", ""), _EXPIRES).timestamp()
    except ValueError:
        return None
