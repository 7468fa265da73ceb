"""Walking the mappings that ``XmlFormat`` makes of nodes; total: what is not there is ``None`` or nothing."""

from __future__ import annotations

from typing import Any


def node(tree: Any, *names: str) -> Any:
    """The first node under a path of local names; ``None`` when the path breaks off."""
    for name in names:
        found = tree.get(name) if isinstance(tree, dict) else None
        tree = found[0] if isinstance(found, list) and found else None
    return tree


def leaf(tree: Any, *names: str) -> str | None:
    """The text of the first node under a path of local names."""
    return attribute(node(tree, *names), "#text")


def attribute(tree: Any, name: str) -> str | None:
    """An attribute of a node (``@id``), or its text (``#text``)."""
    found = tree.get(name) if isinstance(tree, dict) else None
    return found if isinstance(found, str) else None


def below(tree: Any) -> dict[str, list[Any]]:
    """All nodes below this one by local name, each list in the order of the document's branches."""
    found: dict[str, list[Any]] = {}
    if isinstance(tree, dict):
        _collect(tree, found)
    return found


def _collect(tree: dict[str, Any], found: dict[str, list[Any]]) -> None:
    for name, children in tree.items():
        if type(children) is list:
            known = found.get(name)
            if known is None:
                found[name] = children[:]
            else:
                known.extend(children)
            for child in children:
                if type(child) is dict and "#text" not in child:
                    _collect(child, found)


def first(nodes: dict[str, list[Any]], *names: str) -> Any:
    """The first node of the first name that occurs."""
    return next((nodes[name][0] for name in names if nodes.get(name)), None)


def words(tree: Any) -> str | None:
    """The first text of a multilingual DATEX II string, which holds one ``value`` per language, or of a plain one."""
    return leaf(tree, "values", "value") or leaf(tree, "value") or attribute(tree, "#text")
