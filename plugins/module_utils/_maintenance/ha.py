# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be done to bring pool HA from what it is to what it should be.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .errors import MaintenanceError
from .estate import HaState, Pool, Sr
from .ha_ready import unplugged_on
from .lookup import find_sr
from .record import read_record

TIMEOUT_RANGE_S = (10, 3600)
# In the pool's other_config; XenCenter and Xen Orchestra enable HA without a time-out of their own (I01, I02).
PIN_KEY = "default_ha_timeout"
_NOTED = {"enabled", "configuration", "heartbeat_sr", "host_failures_to_tolerate"}


@dataclass(frozen=True, slots=True)
class DesiredHa:
    """How HA should be; what is None is left as it is.

    ``pin`` is the time-out for tools that enable HA without one (I01), empty when there shall be none.
    """

    enabled: bool
    configuration: t.Mapping[str, str] | None = None
    sr: Sr | None = None
    host_failures_to_tolerate: int | None = None
    pin: str | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class HaSteps:
    """The calls that are needed, in this order."""

    disable: bool = False
    enable: bool = False
    tolerate: int | None = None
    pin: str | None = None

    @property
    def changed(self) -> bool:
        """True when there is anything to do."""
        return self.disable or self.enable or self.tolerate is not None or self.pin is not None


def desired_from_options(pool: Pool, params: t.Mapping[str, t.Any]) -> DesiredHa:
    """The wish as the options say it."""
    if params["restore"] is not None:
        return _desired_from_restore(pool, params["restore"])
    tolerate = params["host_failures_to_tolerate"]
    if params["state"] == "disabled":
        return DesiredHa(enabled=False, host_failures_to_tolerate=tolerate)
    timeout_s, (shortest, longest) = params["ha_timeout"], TIMEOUT_RANGE_S
    if not shortest <= timeout_s <= longest:
        raise MaintenanceError(
            f"{pool.label}: ha_timeout is {timeout_s}, which is outside {shortest} to {longest} seconds. "
            "Use 180 unless you know better."
        )
    return DesiredHa(
        enabled=True,
        configuration={"timeout": str(timeout_s)},
        sr=heartbeat_sr(pool, params["heartbeat_sr"]),
        host_failures_to_tolerate=tolerate,
        pin=str(timeout_s) if params["pin_timeout"] else None,
    )


def _desired_from_restore(pool: Pool, before: t.Mapping[str, t.Any]) -> DesiredHa:
    missing = sorted(_NOTED - before.keys())
    if missing:
        raise MaintenanceError(
            f"{pool.label}: restore lacks {', '.join(missing)}. Pass ha_before of an earlier call, unchanged."
        )
    if left_on(pool, before):
        return DesiredHa(enabled=True)
    enabled = _was_on(before)
    return DesiredHa(
        enabled=enabled,
        configuration=_configuration(before) if enabled else None,
        sr=heartbeat_sr(pool, before["heartbeat_sr"]) if enabled else None,
        host_failures_to_tolerate=int(before["host_failures_to_tolerate"]),
        # Records of earlier releases do not say.
        pin=str(before["pinned_timeout"] or "") if "pinned_timeout" in before else None,
        exact=True,
    )


def left_on(pool: Pool, before: t.Any) -> str:
    """What is said of HA that was noted as switched off, and that is on since in another way; nothing when it is not.

    Such HA is never switched off to bring the noted one back: what was to be mended is that it was off. But what a run
    of the role pool_ha was asked for is the run's own change.
    """
    if not isinstance(before, dict) or _NOTED - before.keys():
        return ""
    noted, sr = _configuration(before), before["heartbeat_sr"]
    other_sr = bool(sr) and sr not in (pool.ha.heartbeat_sr, pool.ha.heartbeat_sr_name)
    differs = dict(pool.ha.configuration) != noted or other_sr
    if not (pool.ha.enabled and _was_on(before) and differs) or _asked_for(pool):
        return ""
    sr_name = next((each.name for each in pool.srs if each.uuid == sr), sr)
    options = ["pool_ha_state=enabled"]
    options += [f"pool_ha_timeout={noted['timeout']}"] if "timeout" in noted else []
    options += [f"pool_ha_heartbeat_sr={sr}"] if other_sr else []
    return (
        f"{pool.label}: HA is on with {_told(pool.ha.configuration)} on {pool.ha.heartbeat_sr_name}, as it was set "
        f"meanwhile, and stays so, while {_told(noted)} on {sr_name or pool.ha.heartbeat_sr_name} was noted. "
        f"To have that again, play pool_ha with {' '.join(f'-e {option}' for option in options)}."
    )


def _asked_for(pool: Pool) -> bool:
    """HA is as the run that holds the pool was to set it for good."""
    record = read_record(pool.other_config)
    if record is None or record.lock.operation != "pool_ha":
        return False
    asked = record.lock.asked
    sr = asked.get("heartbeat_sr")
    return (
        asked.get("state") == "enabled"
        and pool.ha.configuration.get("timeout") == str(asked.get("timeout"))
        and (not sr or sr in (pool.ha.heartbeat_sr, pool.ha.heartbeat_sr_name))
    )


def _was_on(before: t.Mapping[str, t.Any]) -> bool:
    return str(before["enabled"]).lower() == "true"


def _configuration(before: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in before["configuration"].items()}


def _told(configuration: t.Mapping[str, str]) -> str:
    others = [f"{key} {value}" for key, value in sorted(configuration.items()) if key != "timeout"]
    timeout = f"timeout {configuration['timeout']} s" if "timeout" in configuration else "XAPI's own timeout"
    return ", ".join([timeout, *others])


def ha_before(ha: HaState) -> dict[str, t.Any]:
    """Everything that is needed to put HA back exactly as it is now."""
    return {
        "enabled": ha.enabled,
        "configuration": dict(ha.configuration),
        "heartbeat_sr": ha.heartbeat_sr,
        "host_failures_to_tolerate": ha.host_failures_to_tolerate,
        "pinned_timeout": ha.pinned_timeout or "",
    }


def heartbeat_sr(pool: Pool, wanted: str | None) -> Sr:
    """The SR that was asked for, else the one used last, else the first that every host has plugged."""
    if wanted:
        return find_sr(pool, wanted)
    if pool.ha.heartbeat_sr:
        return find_sr(pool, pool.ha.heartbeat_sr)
    suitable = [sr for sr in pool.srs if sr.shared and sr.can_hold_statefile and not unplugged_on(pool, sr)]
    if suitable:
        return suitable[0]
    raise MaintenanceError(
        f"{pool.label}: no shared SR that every host has plugged can hold the heartbeat. "
        "Give the pool an NFS, iSCSI or Fibre Channel SR."
    )


def ha_steps(ha: HaState, desired: DesiredHa) -> HaSteps:
    """The difference between what is and what should be; a change of time-out or SR is off and on (xapi.md 2.3)."""
    tolerate = desired.host_failures_to_tolerate
    tolerate = None if tolerate == ha.host_failures_to_tolerate else tolerate
    pin = None if desired.pin == (ha.pinned_timeout or "") else desired.pin
    if not desired.enabled:
        return HaSteps(disable=ha.enabled, tolerate=tolerate, pin=pin)
    other = ha.enabled and _differs(ha, desired)
    return HaSteps(disable=other, enable=other or not ha.enabled, tolerate=tolerate, pin=pin)


def _differs(ha: HaState, desired: DesiredHa) -> bool:
    wanted = dict(desired.configuration or {})
    present = dict(ha.configuration) if desired.exact else {key: ha.configuration.get(key) for key in wanted}
    return present != wanted or (desired.sr is not None and desired.sr.uuid != ha.heartbeat_sr)


def unverified(pool: Pool, desired: DesiredHa) -> str | None:
    """What still differs from the wish, for people; None when HA is as it should be, on every host."""
    if pool.ha.enabled != desired.enabled:
        return "HA is still off" if desired.enabled else "HA is still on"
    if not desired.enabled:
        return None
    if _differs(pool.ha, desired):
        return f"HA is on with {dict(pool.ha.configuration)} on {pool.ha.heartbeat_sr_name}"
    unarmed = [host.name for host in pool.hosts if not pool.armed(host)]
    return f"no statefile seen by {', '.join(unarmed)}" if unarmed else None


def unsettled(ha: HaState, steps: HaSteps) -> str | None:
    """What was set beside HA itself, and does not read back so."""
    if steps.tolerate is not None and ha.host_failures_to_tolerate != steps.tolerate:
        return f"host_failures_to_tolerate is {ha.host_failures_to_tolerate}"
    if steps.pin is not None and (ha.pinned_timeout or "") != steps.pin:
        return f"default_ha_timeout is {ha.pinned_timeout}"
    return None
