"""YAML files read with the line of every key and item, so that an error can point at its cause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from schemas.errors import SchemaError


class LocatedMap(dict[str, Any]):
    """A YAML mapping that remembers its file and the line of each key."""

    def __init__(self, path: Path, line: int) -> None:
        super().__init__()
        self.path = path
        self.line = line
        self.lines: dict[str, int] = {}


class LocatedList(list[Any]):
    """A YAML list that remembers its file and the line of each item."""

    def __init__(self, path: Path, line: int) -> None:
        super().__init__()
        self.path = path
        self.line = line
        self.lines: list[int] = []


def read_document(path: Path, error: type[SchemaError]) -> LocatedMap:
    """Read one YAML file whose top is a mapping.

    Args:
        path: the file.
        error: the exception to raise, so that a wrong city is told apart from a wrong contract.

    Raises:
        SchemaError: the file is missing, not UTF-8, not YAML, repeats a key, or its top is not a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise error("no such file; create it or correct the name that refers to it", path) from None
    except UnicodeDecodeError as cause:
        raise error(f"found bytes that are not UTF-8 ({cause.reason}); save the file as UTF-8", path) from None
    loader = yaml.CSafeLoader(text)
    try:
        node = loader.get_single_node()
        value = _build(loader, node, path, error) if node is not None else None
    except yaml.MarkedYAMLError as cause:
        mark = cause.problem_mark or cause.context_mark
        line = mark.line + 1 if mark is not None else 0
        raise error(f"not readable as YAML: {cause.problem}; check indentation and quotes", path, line) from None
    except yaml.YAMLError as cause:
        raise error(f"not readable as YAML: {cause}; remove control characters", path) from None
    except ValueError as cause:
        raise error(f"a value cannot be read: {cause}; put text in quotes", path) from None
    finally:
        loader.dispose()
    if not isinstance(value, LocatedMap):
        raise error("found a file whose top is not a mapping; expected `key: value` lines", path, 1)
    return value


def _build(loader: yaml.CSafeLoader, node: yaml.Node, path: Path, error: type[SchemaError]) -> Any:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        mapping = LocatedMap(path, line)
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise error("found a key that is not a word; expected `key: value`", path, key_line)
            key = key_node.value
            if key in mapping:
                raise error(f"key `{key}` is given twice; keep one of them", path, key_line)
            mapping[key] = _build(loader, value_node, path, error)
            mapping.lines[key] = key_line
        return mapping
    if isinstance(node, yaml.SequenceNode):
        items = LocatedList(path, line)
        for item in node.value:
            items.append(_build(loader, item, path, error))
            items.lines.append(item.start_mark.line + 1)
        return items
    return loader.construct_object(node)
