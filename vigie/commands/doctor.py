"""Check this machine, the set-up and the parts given in the settings."""

from __future__ import annotations

from vigie.options import CityOption, JsonOption


def run(city: CityOption = None, as_json: JsonOption = False) -> None:
    """Check this machine, the set-up and the parts given in the settings; say what to do about each fault.

    Examples:

        vigie doctor

        vigie doctor --json
    """
    from dataclasses import asdict

    from vigie import doctor, screen, settings
    from vigie.errors import VigieError

    checks = list(doctor.examine(settings.load(city)))
    if as_json:
        screen.print_json([asdict(check) for check in checks])
    else:
        rows = [list(asdict(check).values()) for check in checks]
        screen.print_table(("check", "state", "found", "what to do"), rows)
    failed = [check.name for check in checks if check.state is doctor.State.FAILED]
    if failed:
        raise VigieError(f"{len(failed)} of {len(checks)} checks failed: {', '.join(failed)}")
