"""Options that several commands take, said once."""

from __future__ import annotations

from typing import Annotated

import typer

CityOption = Annotated[
    str | None,
    typer.Option("--city", metavar="CITY", help="City profile, a folder of `cities/`."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of a table.")]
