"""The `vigie` command: one module of `vigie/commands` per command, found by being there.

A command module holds a function `run` with the command's options, or a typer application `app` with commands of
its own. Its top imports nothing heavy: `vigie --help` loads them all.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import traceback
import warnings
from typing import Annotated, Any

import typer

import vigie.commands
from vigie.failure import describe

EPILOG = (
    "Start with `make demo`, then try `vigie show gold.source_health`. "
    "Exit codes: docs/operator/exit-codes.md. Settings: docs/operator/settings.md."
)

_is_debugging = False


def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Urban data fusion for a city's public-tranquillity observatory: run it, ask it, extend it."""
    global _is_debugging
    _is_debugging = debug or os.environ.get("DEBUG") == "1"


def build() -> typer.Typer:
    """The whole command line, with every module of `vigie/commands` in it."""
    cli = typer.Typer(
        name="vigie",
        help=_options.__doc__,
        epilog=EPILOG,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    cli.callback()(_options)
    for found in sorted(pkgutil.iter_modules(vigie.commands.__path__), key=lambda each: each.name):
        module: Any = importlib.import_module(f"vigie.commands.{found.name}")
        name = found.name.replace("_", "-")
        if hasattr(module, "app"):
            cli.add_typer(module.app, name=name, help=module.__doc__, no_args_is_help=True)
        else:
            cli.command(name)(module.run)
    return cli


def main() -> None:
    """Run one command; end with its exit code and, when it failed, one line on standard error."""
    if not sys.warnoptions:
        # Libraries warn their developers; `python -W default -m vigie.cli` shows it to ours.
        warnings.simplefilter("ignore")
    try:
        build()()
    except BrokenPipeError:
        # The reader of our output (`head`) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except (Exception, KeyboardInterrupt) as error:
        failure = describe(error)
        if _is_debugging:
            traceback.print_exception(error)
        print(f"vigie: {failure.message}", file=sys.stderr)
        sys.exit(int(failure.code))


if __name__ == "__main__":
    main()
