# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class Repository, and of the pool about its repositories (``xapi.md`` 6.4)."""

from __future__ import annotations

import typing as t

from ...timeline import Completion
from .. import cdn, licence, operations
from ..errors import XapiError
from ..evacuation import plan
from ..registry import Call, message
from ..rows import is_live, pool_ref, pool_row

WEEKDAYS = range(7)


@message("Repository", "introduce")
def repository_introduce(
    call: Call, label: str, description: str, binary_url: str, source_url: str, update: bool, *gpgkey_path: str
) -> str:
    for url in (binary_url, *([source_url] if source_url else [])):
        if not url.startswith(("http://", "https://")):
            raise XapiError("INVALID_BASE_URL", url)
    for ref, row in call.db.rows("Repository").items():
        if row["name_label"] == label or row["binary_url"] == binary_url:
            raise XapiError("REPOSITORY_ALREADY_EXISTS", ref)
    for path in gpgkey_path:
        if "/" in path:
            raise XapiError("INVALID_GPGKEY_PATH", path)
    return call.db.create(
        "Repository",
        name_label=label,
        name_description=description,
        binary_url=binary_url,
        source_url=source_url,
        update=update,
        gpgkey_path="".join(gpgkey_path),
    )


@message("Repository", "introduce_bundle")
def repository_introduce_bundle(call: Call, label: str, description: str) -> str:
    """At most one; its contents come with pool.sync_bundle."""
    for ref in call.db.find("Repository", origin="bundle"):
        raise XapiError("BUNDLE_REPOSITORY_ALREADY_EXISTS", ref)
    return call.db.create("Repository", name_label=label, name_description=description, update=True, origin="bundle")


@message("Repository", "forget")
def repository_forget(call: Call, repository: str) -> None:
    call.db.row("Repository", repository)
    if repository in pool_row(call.db)["repositories"]:
        raise XapiError("REPOSITORY_IS_IN_USE")
    call.db.destroy("Repository", repository)


# the pool's choice ------------------------------------------------------------------------


@message("pool", "set_repositories")
def pool_set_repositories(call: Call, pool: str, repositories: list[str]) -> None:
    """Another choice makes what has been synced worthless."""
    call.db.row("pool", pool)
    operations.assert_pool(call.db, "configure_repositories")
    for ref in repositories:
        call.db.row("Repository", ref)
    if set(repositories) == set(pool_row(call.db)["repositories"]):
        return
    call.db.set("pool", pool_ref(call.db), repositories=repositories)
    for ref in repositories:
        call.db.set("Repository", ref, hash="")
    cdn.forget_sync(call.db)
    if not repositories:
        call.db.set("pool", pool_ref(call.db), update_sync_enabled=False)


@message("pool", "add_repository")
def pool_add_repository(call: Call, pool: str, repository: str) -> None:
    now = pool_row(call.db)["repositories"]
    pool_set_repositories(call, pool, [*now, repository] if repository not in now else list(now))


@message("pool", "remove_repository")
def pool_remove_repository(call: Call, pool: str, repository: str) -> None:
    pool_set_repositories(call, pool, [ref for ref in pool_row(call.db)["repositories"] if ref != repository])


@message("pool", "configure_repository_proxy")
def pool_configure_repository_proxy(call: Call, pool: str, url: str, username: str, password: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise XapiError("INVALID_REPOSITORY_PROXY_URL", url)
    if bool(username) != bool(password):
        raise XapiError("INVALID_REPOSITORY_PROXY_CREDENTIAL")
    call.db.set("pool", pool, repository_proxy_url=url, repository_proxy_username=username)


@message("pool", "disable_repository_proxy")
def pool_disable_repository_proxy(call: Call, pool: str) -> None:
    call.db.set("pool", pool, repository_proxy_url="", repository_proxy_username="")


# syncing ----------------------------------------------------------------------------------


class Sync:
    """The repository is being fetched to the master."""

    def __init__(self, call: Call) -> None:
        self.done = Completion()
        self._call = call
        self._entry = operations.begin(call, "pool", pool_ref(call.db), "sync_updates")

    def submit(self) -> Completion:
        """Begin."""
        self._call.toolstack.later(self._call.world.durations.update_sync, self._end)
        return self.done

    def _end(self) -> None:
        call, profile = self._call, self._call.toolstack.pool.profile
        self._entry.end()
        try:
            if profile.update_way != "cdn":
                raise XapiError("REPOSYNC_FAILED")
            self.done.resolve(cdn.synced(call.world, call.db, call.machine.software.repository, call.now))
        except XapiError as error:
            self.done.reject(error)


@message("pool", "sync_updates")
def pool_sync_updates(call: Call, pool: str, _force: bool, *_credentials: str) -> Completion:
    """Answers the hash that host.apply_updates wants."""
    call.db.row("pool", pool)
    licence.assert_feature(call.db, licence.UPDATES)
    operations.assert_pool(call.db, "sync_updates")
    if not pool_row(call.db)["repositories"]:
        raise XapiError("NO_REPOSITORIES_CONFIGURED")
    cdn.enabled(call.db)
    return Sync(call).submit()


@message("pool", "configure_update_sync")
def pool_configure_update_sync(call: Call, pool: str, frequency: str, day: int) -> None:
    """Which day only matters to a weekly sync; 0 is Sunday."""
    if frequency == "weekly" and day not in WEEKDAYS:
        raise XapiError("INVALID_UPDATE_SYNC_DAY", day)
    values: dict[str, t.Any] = {"update_sync_frequency": frequency}
    if frequency == "weekly":
        values["update_sync_day"] = day
    call.db.set("pool", pool, **values)


@message("pool", "set_update_sync_enabled")
def pool_set_update_sync_enabled(call: Call, pool: str, value: bool) -> None:
    """Only kept: in the lab no sync comes by itself."""
    if value and not pool_row(call.db)["repositories"]:
        raise XapiError("NO_REPOSITORIES_CONFIGURED")
    call.db.set("pool", pool, update_sync_enabled=value)


@message("pool", "check_update_readiness")
def pool_check_update_readiness(call: Call, pool: str, requires_reboot: bool) -> list[list[str]]:
    """HA, dead hosts and, when a reboot comes, what ties guests; the rule of HA plays no part in it."""
    db = call.db
    db.row("pool", pool)
    found = [["HA_IS_ENABLED"]] if pool_row(db)["ha_enabled"] else []
    found += [["HOST_OFFLINE", host] for host in db.rows("host") if not is_live(db, host)]
    if not requires_reboot:
        return found
    for host in db.rows("host"):
        places = plan(call.toolstack.pool, db, host, ignore_ha=True) if is_live(db, host) else {}
        found += [place.description for place in places.values() if isinstance(place, XapiError)]
    return found
