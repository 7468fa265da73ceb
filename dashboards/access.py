"""Who may read which dataset: a table's access class decides, and a role is given the classes it may read.

`reader` is for people of the service: open and restricted tables. `open_reader` is for everyone else with an account:
open tables only, so points, reports and links of incidents stay closed to it. Visitors without an account read nothing.
"""

from __future__ import annotations

from dashboards.assets import DATABASE
from dashboards.client import SupersetClient
from dashboards.dataset import datasets
from schemas.label import LANGUAGES

CLASSES_OF_ROLE = {"reader": ("open", "restricted"), "open_reader": ("open",)}


def let_readers_see(client: SupersetClient) -> dict[str, int]:
    """Give each role the datasets of its classes, and take those of other classes from it.

    Returns:
        For each role that this Superset has, the number of datasets it may read.
    """
    doors = {
        item["id"]: item["view_menu"]["name"]
        for item in client.pages("/api/v1/security/permissions-resources/", "")
        if item["permission"]["name"] == "datasource_access" and item["view_menu"]["name"].startswith(f"[{DATABASE}].")
    }
    granted = {}
    for name, classes in CLASSES_OF_ROLE.items():
        found = client.pages("/api/v1/security/roles/", f"filters:!((col:name,opr:eq,value:{name}))")
        if not found:
            continue
        role = found[0]["id"]
        allowed = {f"[{DATABASE}].[{view}]" for view in _views(classes)}
        wanted = {door for door, resource in doors.items() if resource.partition("(id:")[0] in allowed}
        held = {item["id"] for item in client.get(f"/api/v1/security/roles/{role}/permissions/")["result"]}
        kept = sorted((held - set(doors)) | wanted)
        client.post(f"/api/v1/security/roles/{role}/permissions", {"permission_view_menu_ids": kept})
        granted[name] = len(wanted)
    return granted


def _views(classes: tuple[str, ...]) -> set[str]:
    """Views of the tables of some access classes, in every language."""
    return {
        dataset.view(language)
        for dataset in datasets().values()
        if dataset.contract.access in classes
        for language in LANGUAGES
    }
