# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How to reach CloudStack; the options have the names that C(ngine_io.cloudstack) gave them, but for one.

Note that this is a private fragment: it may change at any time.
"""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``cloudstack_spec``."""

    DOCUMENTATION = r"""
options:
  api_url:
    description:
      - Address of CloudStack's API, such as V(https://cloudstack.example.org/client/api).
      - If not set, the environment variable E(CLOUDSTACK_ENDPOINT) is used.
    type: str
    required: true
  api_key:
    description:
      - API key of a root administrator.
      - If not set, the environment variable E(CLOUDSTACK_KEY) is used.
    type: str
    required: true
  api_secret:
    description:
      - Secret key that belongs to O(api_key).
      - If not set, the environment variable E(CLOUDSTACK_SECRET) is used.
    type: str
    required: true
  api_http_method:
    description:
      - HTTP method for all calls. CloudStack can be set up to refuse changes by GET.
      - If not set, the environment variable E(CLOUDSTACK_METHOD) is used.
    type: str
    choices:
      - get
      - post
    default: post
  api_timeout:
    description:
      - Seconds to wait for the answer to a single call. Calls that only read are repeated for as long.
      - If not set, the environment variable E(CLOUDSTACK_TIMEOUT) is used.
    type: float
    default: 60.0
  api_verify_ssl_cert:
    description:
      - File with the certificates of the authorities that CloudStack's certificate is checked against.
      - If not set, the environment variable E(CLOUDSTACK_VERIFY) is used, else the authorities that C(requests) trusts.
    type: path
  api_validate_certs:
    description:
      - Whether CloudStack's certificate is verified, its address included. When V(false), O(api_verify_ssl_cert) does
        not matter.
      - Set it to V(false) only knowing that anybody in between could then read what is sent, the password of hosts
        that are added included.
      - If not set, the environment variable E(CLOUDSTACK_VALIDATE_CERTS) is used.
      - C(ngine_io.cloudstack) calls it C(validate_certs), which in this collection is about the hosts of the pool
        alone. Nothing that is said of the pool changes how CloudStack is reached.
    type: bool
    default: true
requirements:
  - cs >= 3.2.0
"""

    # For modules that ask CloudStack only when it is given.
    OPTIONAL: str = DOCUMENTATION.replace("    required: true\n", "")
