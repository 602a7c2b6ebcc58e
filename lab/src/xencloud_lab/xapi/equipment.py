# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an estate says about a host beyond an installer's defaults: bonded cards, certificates, the licence.

Fields follow the datamodel (``xapi.md`` 11); a licence without ``expiry`` never ends (``license_check.ml``).
"""

from __future__ import annotations

import typing as t

from .rows import stamp

if t.TYPE_CHECKING:
    from ..estate import BondSpec, HostSpec
    from .database import Database

DAY_S = 86400
STORAGE_BRIDGE = "xenbr1"
CARDS_BRIDGE = "xenbr2"
# What a bond takes over from the card that had it, and what that one is left with.
MOVED = ("ip_configuration_mode", "IP", "netmask", "gateway", "DNS", "management", "primary_address_type")
EMPTY = {"ip_configuration_mode": "None", "IP": "", "netmask": "", "gateway": "", "DNS": "", "management": False}


def furnish(db: Database, host: str, spec: HostSpec, licence_days: float | None, now: float) -> None:
    """Everything that the estate says, on top of what the installer left."""
    if spec.bond is not None:
        make = _management_bond if spec.bond.management else _storage_bond
        make(db, host, spec.bond, now)
    if spec.certificate_days is not None:
        for certificate in db.related("host", host, "certificates"):
            db.set("Certificate", certificate, not_after=stamp(now + spec.certificate_days * DAY_S))
    if licence_days is not None:
        params = db.row("host", host)["license_params"]
        db.set("host", host, license_params={**params, "expiry": stamp(now + licence_days * DAY_S)})


def _storage_bond(db: Database, host: str, spec: BondSpec, now: float) -> None:
    """Cards beside the management interface, and the interface that they make together."""
    network = _network(db, STORAGE_BRIDGE, "Storage")
    cards = _cards(db, host, network, now, linked=spec.links_up, devices=range(1, spec.nics + 1))
    master = _bond(db, host, network, cards, spec.links_up, now)
    if spec.address:
        db.set("PIF", master, IP=spec.address, netmask="255.255.255.0", ip_configuration_mode="Static")


def _management_bond(db: Database, host: str, spec: BondSpec, now: float) -> None:
    """The management's card and others; their bond has the network and the addresses from then on."""
    first = next(pif for pif in db.related("host", host, "PIFs") if db.row("PIF", pif)["management"])
    before = dict(db.row("PIF", first))
    own = _network(db, CARDS_BRIDGE, "Cards")
    others = _cards(db, host, own, now, linked=spec.links_up - 1, devices=range(1, spec.nics))
    master = _bond(db, host, before["network"], [first, *others], spec.links_up, now)
    db.set("PIF", master, **{name: before[name] for name in MOVED})
    db.set("PIF", first, network=own, **EMPTY)


def _bond(db: Database, host: str, network: str, cards: list[str], links_up: int, now: float) -> str:
    master = _interface(db, host, "bond0", network, now, carrier=links_up > 0, physical=False)
    bond = db.create("Bond", master=master, mode="balance-slb", links_up=links_up, primary_slave=cards[0])
    for card in cards:
        db.set("PIF", card, bond_slave_of=bond)
    return master


def _cards(db: Database, host: str, network: str, now: float, *, linked: int, devices: range) -> list[str]:
    return [
        _interface(db, host, f"eth{device}", network, now, carrier=number < linked, physical=True)
        for number, device in enumerate(devices)
    ]


def _network(db: Database, bridge: str, label: str) -> str:
    found = db.find("network", bridge=bridge)
    values = {"bridge": bridge, "MTU": 1500, "managed": True, "default_locking_mode": "unlocked"}
    return found[0] if found else db.create("network", name_label=label, **values)


def _interface(db: Database, host: str, device: str, network: str, now: float, *, carrier: bool, physical: bool) -> str:
    metrics = db.create("PIF_metrics", carrier=carrier, duplex=True, pci_bus_path="N/A", last_updated=stamp(now))
    values = {"physical": physical, "VLAN": -1, "MTU": 1500, "metrics": metrics, "currently_attached": True}
    return db.create("PIF", host=host, device=device, network=network, managed=True, **values)
