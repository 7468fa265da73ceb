"""Keep the generated pages in step with the code."""

from __future__ import annotations

import typer

app = typer.Typer()


@app.callback()
def _group() -> None:
    """Keep the generated pages in step with the code."""


@app.command()
def build() -> None:
    """Write the catalogue (`docs/catalogue`) anew from contracts, connectors, codes and cities, and the fused case.

    Example:

        vigie docs build
    """
    from vigie.catalogue import pages
    from vigie.catalogue.told_case import case
    from vigie.catalogue.told_map import drawn
    from vigie.catalogue.told_page import PAGE, PICTURE, filled
    from vigie.settings import ROOT

    folder = ROOT / "docs" / "catalogue"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in folder.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")
    told = case()
    (ROOT / PAGE).write_text(filled((ROOT / PAGE).read_text(encoding="utf-8"), told), encoding="utf-8")
    (ROOT / PICTURE).write_text(drawn(told), encoding="utf-8")
    print(f"{len(wanted)} pages in docs/catalogue, and the case in {PAGE}")
