"""Make the template of Superset's metadata database once, so that a later start only copies a file.

Run by the interpreter of Superset's environment: ``python infra/superset/prepare.py TEMPLATE_FOLDER``. Leaves in the
folder ``superset.db`` (migrated, with roles and two users) and ``credentials.json`` (mode 0600: secret key and
generated passwords). A second run with the same versions and the same code changes nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
READER_PERMISSIONS: dict[str, tuple[str, ...]] = {
    "can_read": (
        "Dashboard",
        "Chart",
        "Dataset",
        "Database",
        "CurrentUserRestApi",
        "DashboardFilterStateRestApi",
        "DashboardPermalinkRestApi",
        "CssTemplate",
        "Theme",
        "Log",
        "AvailableDomains",
        "SecurityRestApi",
        "security",
    ),
    "can_write": ("CurrentUserRestApi", "DashboardFilterStateRestApi"),
    "can_dashboard": ("Superset",),
    "can_explore_json": ("Superset",),
    "can_language_pack": ("Superset",),
    "can_log": ("Superset",),
    "can_slice": ("Superset",),
    "can_dashboard_permalink": ("Superset",),
    "can_get_embedded": ("Dashboard",),
    "can_drill": ("Dashboard",),
    "can_view_chart_as_table": ("Dashboard",),
    "can_time_range": ("Api",),
    "can_query": ("Api",),
    "can_query_form_data": ("Api",),
    "can_recent_activity": ("Log",),
    "can_external_metadata": ("Datasource",),
    "can_userinfo": ("UserDBModelView",),
    "menu_access": ("Dashboards",),
}

READER_ROLES = ("reader", "open_reader")
"""Both may look and change nothing; which datasets each may read is decided when dashboards are pushed."""


def template_key() -> str:
    """Hash of everything the template depends on: Superset's version, this module and the configuration."""
    digest = hashlib.sha256(version("apache-superset").encode())
    for name in ("prepare.py", "superset_config.py"):
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()[:16]


def prepare(template: Path) -> bool:
    """Fill `template` unless it already holds the template of this code; True when it was made now."""
    template.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (template / "lock").open("w") as lock:
        # Two commands that start together make one template.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_current(template):
            return False
        for rest in template.glob("draft-*"):
            shutil.rmtree(rest)
        _make(template)
    return True


def _is_current(template: Path) -> bool:
    credentials = template / "credentials.json"
    if not credentials.exists() or not (template / "superset.db").exists():
        return False
    known = json.loads(credentials.read_text(encoding="utf-8"))
    return bool(known.get("template_key") == template_key())


def _make(template: Path) -> None:
    values = {
        "template_key": template_key(),
        "secret_key": secrets.token_urlsafe(42),
        "admin_username": "admin",
        "admin_password": secrets.token_urlsafe(12),
        "reader_username": "reader",
        "reader_password": secrets.token_urlsafe(12),
    }
    credentials = template / "credentials.json"
    credentials.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=template, prefix="draft-") as home:
        _make_database(Path(home), values)
        (Path(home) / "superset.db").chmod(0o600)
        (Path(home) / "superset.db").replace(template / "superset.db")
    descriptor = os.open(credentials, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(values, stream, indent=1)


def _make_database(home: Path, values: dict[str, str]) -> None:
    os.environ["SUPERSET_HOME"] = str(home)
    os.environ["SUPERSET_SECRET_KEY"] = values["secret_key"]
    os.environ["SUPERSET_CONFIG_PATH"] = str(HERE / "superset_config.py")
    os.environ.setdefault("SCARF_ANALYTICS", "false")
    from superset.app import create_app

    with create_app().app_context():
        import superset
        from flask_migrate import upgrade
        from superset import appbuilder, security_manager
        from superset.extensions import db

        upgrade(directory=str(Path(superset.__file__).parent / "migrations"))
        appbuilder.add_permissions(update_perms=True)
        security_manager.sync_role_definitions()
        _add_user(security_manager, values["admin_username"], values["admin_password"], "Admin")
        _add_reader_roles(security_manager)
        _add_user(security_manager, values["reader_username"], values["reader_password"], "reader")
        db.session.commit()
        db.engine.dispose()


def _add_user(security_manager: Any, name: str, password: str, role: str) -> None:
    found = security_manager.find_role(role)
    if not security_manager.add_user(name, name.title(), "Vigie", f"{name}@localhost", found, password=password):
        raise RuntimeError(f"Superset refused to create the user {name!r} with role {role!r}; read its log above")


def _add_reader_roles(security_manager: Any) -> None:
    # The built-in Gamma role may create charts and dashboards, so readers get a list of their own.
    wanted = [
        security_manager.add_permission_view_menu(permission, view)
        for permission, views in READER_PERMISSIONS.items()
        for view in views
    ]
    for role in READER_ROLES:
        security_manager.add_role(role, [permission for permission in wanted if permission is not None])


def main(arguments: list[str]) -> int:
    """Command line: one argument, the folder of the template."""
    if len(arguments) != 1:
        print("usage: python infra/superset/prepare.py TEMPLATE_FOLDER", file=sys.stderr)
        return 2
    template = Path(arguments[0]).resolve()
    made = prepare(template)
    print(f"{'made' if made else 'kept'} {template}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
