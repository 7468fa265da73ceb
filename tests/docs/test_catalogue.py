"""The catalogue and the pages of the doors say what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors.sdk.registry import connectors
from schemas.contract import load_all
from schemas.rules import RULE_CODES
from vigie.catalogue import pages

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "docs" / "catalogue"
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def test_catalogue_is_what_the_contracts_generate() -> None:
    expected = pages()
    written = {path.name: path.read_text(encoding="utf-8") for path in CATALOGUE.glob("*.md")}
    stale = sorted(name for name in expected.keys() | written.keys() if expected.get(name) != written.get(name))
    assert stale == [], "run `vigie docs build`"


def test_every_table_connector_and_metric_has_a_page() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in CATALOGUE.glob("*.md")}
    for contract in load_all():
        page = written[f"{contract.name}.md"]
        assert all(f"`{column.name}`" in page for column in contract.columns)
        assert all(f"`{metric.name}`" in page for metric in contract.metrics)
    assert {f"connector.{name}.md" for name in connectors()} <= written.keys()


def test_every_rule_has_an_entry() -> None:
    page = (ROOT / "docs" / "engineer" / "rules.md").read_text(encoding="utf-8")
    assert [code for code in RULE_CODES if f"`{code}`" not in page] == []


@pytest.mark.parametrize(
    "page", sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")]), ids=lambda p: str(p.relative_to(ROOT))
)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    targets = [
        t for t in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in t and not t.startswith("mailto:")
    ]
    assert [target for target in targets if not (page.parent / target).exists()] == []
