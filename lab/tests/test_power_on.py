# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The power-on modes of the products (``xapi.md`` 5.5)."""

from __future__ import annotations

import pytest
from running_world import Lab

MISSING = ["XENAPI_MISSING_PLUGIN", "power-on-host"]


@pytest.mark.parametrize(
    ("product", "mode", "works"),
    [
        ("xenserver-7.1", "wake-on-lan", True),
        ("xenserver-7.1", "DRAC", True),
        ("xenserver-7.1", "iLO", True),
        ("xenserver-7.1", "IPMI", False),
        ("citrix-hypervisor-8.2", "iLO", False),
        ("xenserver-8", "IPMI", True),
        ("xenserver-8", "DRAC", False),
        ("xenserver-8", "a-script-of-nobody", False),
    ],
)
def test_each_product_has_its_power_on_modes_xapi_5_5(product: str, mode: str, works: bool) -> None:
    lab = Lab(product=product, updates=[])
    host = lab.host("xen2")
    lab.ask("host.set_power_on_mode", host, mode, {})
    lab.machine("xen2").power_cut()
    lab.run(700)
    if not works:
        assert lab.refusal("host.power_on", host) == MISSING
        return
    lab.ask("host.power_on", host)
    lab.until(lambda: lab.live("xen2"))
