"""Keep the generated pages in step with the code."""

from __future__ import annotations

import typer

app = typer.Typer()


@app.callback()
def _group() -> None:
    """Keep the generated pages in step with the code."""


@app.command()
def build() -> None:
    """Write the catalogue (`docs/catalogue`) anew from contracts, connectors, codes and cities.

    Example:

        vigie docs build
    """
    from vigie.catalogue import pages
    from vigie.settings import ROOT

    folder = ROOT / "docs" / "catalogue"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in folder.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")
    print(f"{len(wanted)} pages in docs/catalogue")
