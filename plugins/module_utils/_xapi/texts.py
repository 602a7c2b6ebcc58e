# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What XAPI's error codes mean and what to do about them, in words.

In the texts ``{0}`` is the first parameter of the error, ``{1}`` the second, with references replaced by names.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """The two halves of a sentence for people."""

    what: str
    remedy: str


_AGAIN = "Wait until it has finished, then run this again."
_HA_OFF_FIRST = "Switch HA off first with xapi_pool_ha and restore it afterwards."
_LOOK_AT_HOST = "Look at the host's console and its management network."
_LOOK_AT_TOOLSTACK = "Look at /var/log/xensource.log of the host."

TEXTS: dict[str, Text] = {
    # sessions
    "SESSION_AUTHENTICATION_FAILED": Text(
        "the user name or the password is wrong", "Correct username and password; the pool's hosts share them."
    ),
    "RBAC_PERMISSION_DENIED": Text("this user may not do that ({0})", "Use root or a pool-admin account."),
    "HOST_IS_SLAVE": Text("the host is a member, its master is {0}", "Look whether the master is alive."),
    "TASK_CANCELLED": Text("somebody cancelled the task", "Find out who, then run this again."),
    # a host in emergency mode (xapi.md 1.7)
    "HOST_STILL_BOOTING": Text("the host is still starting", "Wait a few minutes, then run this again."),
    "HOST_HAS_NO_MANAGEMENT_IP": Text("the host has no address on its management network", _LOOK_AT_HOST),
    "HOST_ITS_OWN_SLAVE": Text("the host takes itself for its master", "Free it with emergency calls."),
    "HOST_MASTER_CANNOT_TALK_BACK": Text("the master cannot reach the host at {0}", _LOOK_AT_HOST),
    "HOST_UNKNOWN_TO_MASTER": Text(
        "the master does not know this host",
        "It was ejected, or the master has forgotten that it joined; add_host tells what can be done.",
    ),
    "HOST_XAPI_VERSION_HIGHER_THAN_COORDINATOR": Text(
        "the host is newer than its master ({0})", "Update the master, which must always be first."
    ),
    "HOST_BROKEN": Text("the host broke off while it became master", "Recover the pool with its emergency calls."),
    "HA_HOST_CANNOT_ACCESS_STATEFILE": Text(
        "the host cannot reach the heartbeat SR", "Repair its path to the storage; it heals by itself then."
    ),
    "HA_HEARTBEAT_DAEMON_STARTUP_FAILED": Text("the HA daemon did not start", "Look at /var/log/xha.log of the host."),
    "HA_POOL_IS_ENABLED_BUT_HOST_IS_DISABLED": Text(
        "HA is on in the pool but was switched off on this host alone", "Switch HA off and on again for the pool."
    ),
    # pool HA (xapi.md 2.10)
    "HA_IS_ENABLED": Text("XAPI refuses this while HA is on", _HA_OFF_FIRST),
    "HA_NOT_ENABLED": Text("HA is not on", "There is nothing to do."),
    "HA_ENABLE_IN_PROGRESS": Text("HA is being enabled", _AGAIN),
    "HA_DISABLE_IN_PROGRESS": Text("HA is being disabled", _AGAIN),
    "HA_LOST_STATEFILE": Text("the host has lost the statefile of HA", "Repair its path to the heartbeat SR first."),
    "HA_FAILED_TO_FORM_LIVESET": Text(
        "the hosts did not find each other in time", "Check the management network (UDP port 694) and the heartbeat SR."
    ),
    "HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN": Text(
        "HA could then no longer restart all protected VMs",
        "Free some memory, lower host_failures_to_tolerate, or switch HA off for the work.",
    ),
    "HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED": Text(
        "HA needs SR {0}, which is not plugged on every host", "Plug it everywhere."
    ),
    "HA_CONSTRAINT_VIOLATION_NETWORK_NOT_SHARED": Text(
        "HA needs network {0}, which is not plugged on every host", "Plug it everywhere."
    ),
    "HA_ABORT_NEW_MASTER": Text(
        "a host has already agreed to another master ({0})", "Wait ten minutes, then run this again."
    ),
    "CANNOT_CREATE_STATE_FILE": Text(
        "no SR can hold the statefile", "Give the pool a shared SR that every host has plugged."
    ),
    "SR_HAS_NO_PBDS": Text("SR {0} is not plugged on every host", "Plug it everywhere."),
    "SR_OPERATION_NOT_SUPPORTED": Text("SR {0} cannot hold a statefile", "Choose an NFS, iSCSI or Fibre Channel SR."),
    "SR_SOURCE_SPACE_INSUFFICIENT": Text("SR {0} has too little space for HA", "Free 4 GB on it."),
    "REQUIRED_PIF_IS_UNPLUGGED": Text("a network that must be plugged is not ({0})", "Plug it."),
    "LICENCE_RESTRICTION": Text("the pool's licence does not include this ({0})", "Change the licence."),
    # pool operations
    "NOT_SUPPORTED_DURING_UPGRADE": Text(
        "XAPI refuses this while hosts differ in version", "Bring every host to the same version first."
    ),
    "RESTORE_INCOMPATIBLE_VERSION": Text(
        "hosts differ in version, so the database cannot be copied",
        "Finish the patch run, which brings every host to the same version.",
    ),
    "OTHER_OPERATION_IN_PROGRESS": Text("{0} {1} is busy with {2}", _AGAIN),
    "DESIGNATE_NEW_MASTER_IN_PROGRESS": Text("the pool is changing its master", _AGAIN),
    "APPLY_UPDATES_IN_PROGRESS": Text("updates are being applied in the pool", _AGAIN),
    "POOL_SECRET_ROTATION_PENDING": Text("the pool's secret is being changed", _AGAIN),
    # hosts (xapi.md 5)
    "HOST_OFFLINE": Text("{0} is not alive", _LOOK_AT_HOST),
    "HOST_NOT_LIVE": Text("the target host is not alive", _LOOK_AT_HOST),
    "CANNOT_CONTACT_HOST": Text("the master cannot reach {0}", _LOOK_AT_HOST),
    "HOST_DISABLED": Text("{0} is disabled", "Enable it, or choose another host."),
    "HOST_NOT_DISABLED": Text("XAPI refuses this while the host is enabled", "Disable it first."),
    "HOST_DISABLED_UNTIL_REBOOT": Text(
        "an interrupted shutdown keeps the host disabled until it has restarted", "Restart the host."
    ),
    "HOST_PENDING_MANDATORY_GUIDANCE_NOT_EMPTY": Text(
        "updates demand an action before the host may be enabled", "Restart the host, or its toolstack."
    ),
    "HOST_IS_LIVE": Text("the host is alive", "There is nothing to do."),
    "HOST_POWER_ON_MODE_DISABLED": Text(
        "the host has no power-on mode", "Set host.power_on_mode (IPMI or wake-on-lan), or press its button."
    ),
    "CLUSTERED_SR_DEGRADED": Text("the clustered SR {0} would lose its quorum", "Bring its other hosts back first."),
    "HOST_NOT_ENOUGH_FREE_MEMORY": Text("the target has too little free memory ({0})", "Choose another host."),
    "NO_HOSTS_AVAILABLE": Text("no host can take the VM", "Enable a host that can."),
    # VMs (xapi.md 7.1)
    "VM_BAD_POWER_STATE": Text("the VM is {2} instead of {1}", "Look at the VM."),
    "VM_REQUIRES_SR": Text(
        "the VM uses SR {1}, which the target has not plugged", "Plug it there, or eject the ISO or move the disk."
    ),
    "VM_REQUIRES_NETWORK": Text("the VM uses network {1}, which the target lacks", "Choose another host."),
    "VM_HAS_PCI_ATTACHED": Text("a PCI device ties the VM to its host", "Shut the VM down for the work."),
    "VM_HAS_VGPU": Text("a virtual GPU ties the VM to its host", "Shut the VM down for the work."),
    "VM_HAS_SRIOV_VIF": Text("an SR-IOV network card ties the VM to its host", "Shut the VM down for the work."),
    "VM_HAS_VUSBS": Text("a USB device ties the VM to its host", "Detach it."),
    "VM_LACKS_FEATURE": Text("the VM's guest tools do not allow it", "Install or start the guest tools in the VM."),
    "VM_MISSING_PV_DRIVERS": Text("the VM has no guest tools", "Install the guest tools in the VM."),
    "VM_IS_IMMOBILE": Text("the VM is not allowed to move", "Shut the VM down for the work."),
    "VM_INCOMPATIBLE_WITH_THIS_HOST": Text("the target's CPU does not suit the VM ({2})", "Choose another host."),
    "VM_MIGRATE_FAILED": Text("the migration failed ({3})", "Look at /var/log/xensource.log of both hosts."),
    "OPERATION_BLOCKED": Text("somebody blocked this operation of the VM ({1})", "Ask who did, then unblock it."),
    # plugins (xapi.md 6.5)
    "XENAPI_MISSING_PLUGIN": Text("the host has no plugin {0}", "Install the package xcp-ng-xapi-plugins on it."),
    "XENAPI_PLUGIN_FAILURE": Text("a plugin crashed ({0})", _LOOK_AT_TOOLSTACK),
    # everything else
    "HANDLE_INVALID": Text("the {0} in question exists no more", "Run this again."),
    "MAP_DUPLICATE_KEY": Text("the key {3} is already there", "Run this again."),
    "INTERNAL_ERROR": Text("XAPI stumbled: {0}", _LOOK_AT_TOOLSTACK),
}
