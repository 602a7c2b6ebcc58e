# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How to reach a pool.

    Note that this is a private fragment: it may change at any time.
    """

    DOCUMENTATION = r"""
options:
  hostname:
    description:
      - Name or address of any host of the pool, with C(:port) when it is not 443.
      - A member leads to the master, and when this host is gone O(members) are asked.
      - If the value is not specified in the task, the value of environment variable E(XENSERVER_HOST) will be
        used instead.
    type: str
    required: true
  username:
    description:
      - User of XAPI.
      - If the value is not specified in the task, the value of environment variable E(XENSERVER_USER) will be
        used instead.
    type: str
    default: root
  password:
    description:
      - Password of O(username), the same on every host of the pool.
      - If the value is not specified in the task, the value of environment variable E(XENSERVER_PASSWORD) will
        be used instead.
    type: str
    required: true
  members:
    description:
      - Names or addresses of other hosts of the pool, asked in this order when O(hostname) does not lead to the
        master.
      - One without a port is asked at the port of O(hostname).
    type: list
    elements: str
    default: []
  validate_certs:
    description:
      - Whether the certificates of the hosts are verified, their address included.
      - Set it to V(false) only knowing that anybody in between could then read the password.
      - If the value is not specified in the task, the value of environment variable E(XENSERVER_VALIDATE_CERTS)
        will be used instead.
      - CloudStack's certificate has an option of its own, C(api_validate_certs), in the modules that talk to both.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificates of the authorities to trust, in PEM format. The certificates of a pool are
        usually its own.
      - If the value is not specified in the task, the value of environment variable E(XENSERVER_CA_PATH) will
        be used instead.
    type: path
  xapi_timeout:
    description:
      - How many seconds a single call to XAPI may take.
      - A host that does not even accept the connection within a quarter of this time, three seconds at least, counts
        as unreachable.
    type: float
    default: 60.0
requirements:
  - XenAPI >= 24.0.0
"""

    # For modules that need the pool only for the record of a run. Typed, since ansible-test reads plain assignments.
    OPTIONAL: str = DOCUMENTATION.replace("    required: true\n", "").replace(
        "requirements:\n  - XenAPI >= 24.0.0\n",
        "requirements:\n  - XenAPI >= 24.0.0, with O(run_id)\n",
    )
