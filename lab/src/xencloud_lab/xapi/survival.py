# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who survives when heartbeats or the statefile are lost: xhad's rules (``xapi.md`` 2.4).

Pure: from what each machine of a liveset hears and sees to who has to reset itself.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peer:
    """One machine of the liveset.

    :ivar index: its place in the order of uuids; the lowest wins a tie.
    """

    name: str
    index: str
    network: bool
    statefile: bool


def heard(peers: list[Peer], own: Peer) -> set[str]:
    """hbdomain: machines heard over the network; oneself always."""
    return {own.name} | ({peer.name for peer in peers if peer.network} if own.network else set())


def seen(peers: list[Peer], own: Peer) -> set[str]:
    """sfdomain: machines whose sector of the statefile is fresh."""
    return {peer.name for peer in peers if peer.statefile} if own.statefile else set()


def survives(peers: list[Peer], own: Peer, expected: set[str]) -> bool:
    """Whether this machine stays; otherwise it resets itself at once.

    :param expected: every configured machine that has not left cleanly, dead ones too.
    """
    network, statefile = heard(peers, own), seen(peers, own)
    if statefile and statefile <= network:
        return True
    if any(peer.statefile for peer in peers):
        return own.statefile and _with_winner(peers, own)
    return expected <= network


def _with_winner(peers: list[Peer], own: Peer) -> bool:
    """The partition election: the largest wins, then the lowest index."""
    ordered = sorted((peer for peer in peers if peer.statefile), key=lambda peer: peer.index)
    best = max(ordered, key=lambda peer: len(seen(peers, peer) & heard(peers, peer)))
    return own == best or own.name in seen(peers, best) & heard(peers, best)
