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


def furnish(db: Database, host: str, spec: HostSpec, licence_days: float | None, now: float) -> None:
    """Everything that the estate says, on top of what the installer left."""
    if spec.bond is not None:
        _bond(db, host, spec.bond, now)
    if spec.certificate_days is not None:
        for certificate in db.related("host", host, "certificates"):
            db.set("Certificate", certificate, not_after=stamp(now + spec.certificate_days * DAY_S))
    if licence_days is not None:
        params = db.row("host", host)["license_params"]
        db.set("host", host, license_params={**params, "expiry": stamp(now + licence_days * DAY_S)})


def _bond(db: Database, host: str, spec: BondSpec, now: float) -> None:
    """Cards beside the management interface, and the interface that they make together."""
    network = _storage_network(db)
    master = _interface(db, host, "bond0", network, now, carrier=spec.links_up > 0, physical=False)
    bond = db.create("Bond", master=master, mode="balance-slb", links_up=spec.links_up)
    cards = [
        _interface(db, host, f"eth{number + 1}", network, now, carrier=number < spec.links_up, physical=True)
        for number in range(spec.nics)
    ]
    for card in cards:
        db.set("PIF", card, bond_slave_of=bond)
    db.set("Bond", bond, primary_slave=cards[0])


def _storage_network(db: Database) -> str:
    found = db.find("network", bridge=STORAGE_BRIDGE)
    values = {"bridge": STORAGE_BRIDGE, "MTU": 1500, "managed": True, "default_locking_mode": "unlocked"}
    return found[0] if found else db.create("network", name_label="Storage", **values)


def _interface(db: Database, host: str, device: str, network: str, now: float, *, carrier: bool, physical: bool) -> str:
    metrics = db.create("PIF_metrics", carrier=carrier, duplex=True, pci_bus_path="N/A", last_updated=stamp(now))
    values = {"physical": physical, "VLAN": -1, "MTU": 1500, "metrics": metrics, "currently_attached": True}
    return db.create("PIF", host=host, device=device, network=network, managed=True, **values)
