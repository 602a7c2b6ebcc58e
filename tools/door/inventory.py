# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory of a lab that serves, for the playbooks of this collection: a pool is a host of it."""

from __future__ import annotations

import argparse
import json
import sys
import typing as t
from pathlib import Path

from xencloud_lab import estate_file
from xencloud_lab.background import Running
from xencloud_lab.estate import Estate, PoolSpec

Json = dict[str, t.Any]


def main(argv: list[str]) -> int:
    """Arguments as given after ``./run inventory``."""
    parser = argparse.ArgumentParser(prog="./run inventory", description="Print the inventory of a lab that serves.")
    parser.add_argument("estate", type=Path, help="the estate file that it serves")
    parser.add_argument("--state", type=Path, default=Path("lab"), help="its state folder (default: lab)")
    options = parser.parse_args(argv)
    try:
        estate, ready = estate_file.load(options.estate), Running(options.state).ready
    except (estate_file.EstateError, FileNotFoundError) as error:
        print(f"{error}. Is the lab serving?" if isinstance(error, OSError) else error, file=sys.stderr)
        return 1
    print(json.dumps(inventory(estate, ready), indent=1))
    return 0


def inventory(estate: Estate, ready: Json) -> Json:
    """Pools that CloudStack does not know are hosts as well, in a group that no playbook takes by itself."""
    known = {pool.name: variables(pool, estate, ready) for pool in estate.pools if pool.cluster}
    others = {pool.name: variables(pool, estate, ready) for pool in estate.pools if not pool.cluster}
    return {"xencloud_pools": {"hosts": known}} | ({"without_cluster": {"hosts": others}} if others else {})


def variables(pool: PoolSpec, estate: Estate, ready: Json) -> Json:
    """Where the pool is, and how fast it is looked at. Any member will do: the last, which is rarely the master."""
    reach: Json = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "xapi_connection": {
            "hostname": f"{ready['hosts'][pool.hosts[-1].name]}:{ready['port']}",
            "password": pool.password,
            "ca_path": ready["ca"],
        },
        "maintenance_waiting": {"poll_interval": 0.3, "progress_interval": 5},
    }
    if estate.cloudstack:
        reach["cloudstack_connection"] = {
            "api_url": f"https://{ready['cloudstack']}:{ready['port']}/client/api",
            "api_key": estate.cloudstack.api_key,
            "api_secret": estate.cloudstack.api_secret,
            "api_verify_ssl_cert": ready["ca"],
        }
    return reach


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
