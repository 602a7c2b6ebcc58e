# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specifications that are composed, not copied.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ArgumentSpec:
    """Options and their mutual rules, as AnsibleModule and ActionBase.validate_argument_spec take them."""

    options: dict[str, t.Any] = field(default_factory=dict)
    required_if: tuple[t.Any, ...] = ()
    required_together: tuple[t.Any, ...] = ()
    required_one_of: tuple[t.Any, ...] = ()
    mutually_exclusive: tuple[t.Any, ...] = ()

    def __or__(self, other: ArgumentSpec) -> ArgumentSpec:
        """Both specifications in one; an option of ``other`` wins."""
        return ArgumentSpec(
            options={**self.options, **other.options},
            required_if=self.required_if + other.required_if,
            required_together=self.required_together + other.required_together,
            required_one_of=self.required_one_of + other.required_one_of,
            mutually_exclusive=self.mutually_exclusive + other.mutually_exclusive,
        )

    def rules(self) -> dict[str, list[t.Any]]:
        """The mutual rules as keyword arguments."""
        return {
            "required_if": list(self.required_if),
            "required_together": list(self.required_together),
            "required_one_of": list(self.required_one_of),
            "mutually_exclusive": list(self.mutually_exclusive),
        }


def _env(*names: str) -> tuple[t.Any, list[str]]:
    from ansible.module_utils.basic import env_fallback

    return (env_fallback, list(names))


def xapi_spec() -> ArgumentSpec:
    """How to reach a pool; names and environment variables as in ``community.general.xenserver_*``."""
    return ArgumentSpec(
        options={
            "hostname": {"type": "str", "required": True, "fallback": _env("XENSERVER_HOST")},
            "username": {"type": "str", "default": "root", "fallback": _env("XENSERVER_USER")},
            "password": {"type": "str", "required": True, "no_log": True, "fallback": _env("XENSERVER_PASSWORD")},
            "members": {"type": "list", "elements": "str", "default": []},
            "validate_certs": {"type": "bool", "default": True, "fallback": _env("XENSERVER_VALIDATE_CERTS")},
            "ca_path": {"type": "path", "fallback": _env("XENSERVER_CA_PATH")},
            "xapi_timeout": {"type": "float", "default": 60.0},
        }
    )


def cloudstack_spec() -> ArgumentSpec:
    """How to reach CloudStack; names and environment variables as in ``ngine_io.cloudstack``, but for one.

    Its ``validate_certs`` is the pool's here: no name is in both specifications, so that what is said of one system
    never reaches the other.
    """
    return ArgumentSpec(
        options={
            "api_url": {"type": "str", "required": True, "fallback": _env("CLOUDSTACK_ENDPOINT")},
            "api_key": {"type": "str", "required": True, "no_log": False, "fallback": _env("CLOUDSTACK_KEY")},
            "api_secret": {"type": "str", "required": True, "no_log": True, "fallback": _env("CLOUDSTACK_SECRET")},
            "api_http_method": {
                "type": "str",
                "choices": ["get", "post"],
                "default": "post",
                "fallback": _env("CLOUDSTACK_METHOD"),
            },
            "api_timeout": {"type": "float", "default": 60.0, "fallback": _env("CLOUDSTACK_TIMEOUT")},
            "api_verify_ssl_cert": {"type": "path", "fallback": _env("CLOUDSTACK_VERIFY")},
            # Not CLOUDSTACK_DANGEROUS_NO_TLS_VERIFY: when it is true, cs does not check and ngine_io.cloudstack does.
            "api_validate_certs": {"type": "bool", "default": True, "fallback": _env("CLOUDSTACK_VALIDATE_CERTS")},
        }
    )


def waiting_spec(wait_timeout_s: int) -> ArgumentSpec:
    """How long to wait, how often to look and how often to say so.

    :param wait_timeout_s: the module's default limit in seconds.
    """
    return ArgumentSpec(
        options={
            "wait_timeout": {"type": "float", "default": float(wait_timeout_s)},
            "poll_interval": {"type": "float", "default": 5.0},
            "progress_interval": {"type": "float", "default": 30.0},
            "heartbeat_interval": {"type": "float", "default": 60.0},
        }
    )


# Where this controller keeps copies of the records of its runs in flight.
MIRROR_DIR = {"type": "path", "default": "~/.ansible/xencloud_maintenance"}


def run_spec() -> ArgumentSpec:
    """The run that an operation is part of; what it changes for a while is noted in that run's record first."""
    return ArgumentSpec(options={"run_id": {"type": "str"}, "mirror_dir": dict(MIRROR_DIR)})


def optional(spec: ArgumentSpec) -> ArgumentSpec:
    """The same options, none of which has to be given."""
    return ArgumentSpec(
        {name: {key: value for key, value in each.items() if key != "required"} for name, each in spec.options.items()}
    )


def record_spec() -> ArgumentSpec:
    """The same for an operation that talks to CloudStack alone: the record is in the pool, to be named then."""
    return optional(xapi_spec()) | run_spec()
