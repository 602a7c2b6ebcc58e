# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CloudStack's refusals and silences as sentences (cloudstack.md 4.4, 4.5).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import re

from .._maintenance.errors import MaintenanceError

# Throttled, or the management server is draining: nothing was done. A proxy in trouble knows nothing at all.
BUSY_CODES = frozenset({429, 503})
PROXY_CODES = frozenset({502, 503, 504})
_UNKNOWN_ENTITY = re.compile(r"Invalid parameter (?P<name>\S+) value=(?P<value>\S*) due to .*entity does not exist")
_PERMISSION = "not available for"


class CloudStackError(MaintenanceError):
    """CloudStack said no; ``code`` is its error code, ``text`` its own words."""

    def __init__(self, message: str, code: int, text: str) -> None:
        super().__init__(message)
        self.code = code
        self.text = text


class OutcomeUnknown(MaintenanceError):
    """No answer came, so the call may have taken effect or not: whoever called must look again."""


class Busy(OutcomeUnknown):
    """The call was not accepted for now; it may be made again."""


class Unreachable(MaintenanceError):
    """Nothing was sent: no connection, no trust, or no CloudStack at that address."""


def refusal(label: str, command: str, code: int, text: str) -> CloudStackError:
    """The sentence for an error that CloudStack itself reports.

    :param label: what people call this CloudStack, without keys or signatures.
    :param text: CloudStack's ``errortext``, quoted as it is.
    """
    return CloudStackError(_sentence(label, command, code, text), code, text)


def _sentence(label: str, command: str, code: int, text: str) -> str:
    unknown = _UNKNOWN_ENTITY.search(text)
    if code in (401, 432) and _PERMISSION in text:
        return (
            f"{label}: the user of this key may not call {command}, or this version has no such command ({code}). "
            "Use the key of a root administrator."
        )
    if code == 401:
        return (
            f"{label}: it accepts neither this key nor this signature (401). Check api_key and api_secret, and that "
            "the controller's clock is right (NTP): a skewed clock gets the same answer."
        )
    if unknown:
        return (
            f"{label}: {command} knows no {unknown['name']} {unknown['value']} ({code}). "
            "It was deleted or never existed; look it up again with cloudstack_info."
        )
    return f'{label}: {command} was refused with "{text}" ({code}). Remove that cause and run this again.'
