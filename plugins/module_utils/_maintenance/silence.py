# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is left to do about hosts that do not answer after an election.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .election import Seen

_RESTARTS = (
    "CloudStack starts those with HA elsewhere by itself, but gives up after five tries in fifty minutes: start by "
    "hand what is stopped then."
)
_UNPROVED = (
    "It may be starting, cut off or dead, so they may run: look at its console before anything of it is started "
    "elsewhere by hand."
)
_COMES_BACK = "When it is back it finds the master and follows it; run this again, which leads it there if it did not."
_GONE_FOR_GOOD = "Does it never come back, remove it (remove_host with remove_host_forget)."


def still_silent(host: Seen, vms: int, dead: bool) -> str:
    """What is left to do about a host that does not answer; one that only starts is not said to be dead."""
    counted = f"VMs that the pool still counts on it: {vms}"
    if dead:
        return f"{host.name} was confirmed dead; {counted}. {_RESTARTS} {_COMES_BACK} {_GONE_FOR_GOOD}"
    power = " but has power" if host.sighting.accepts or host.sighting.refuses else ""
    return f"{host.name} does not answer{power}; {counted}. {_UNPROVED} {_COMES_BACK} {_GONE_FOR_GOOD}"
