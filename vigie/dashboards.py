"""Put the dashboards before the readers: views over the lakes that exist, and the assets pushed and verified."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from schemas.simulated import is_simulated
from vigie.errors import ConfigurationError
from vigie.settings import Settings

if TYPE_CHECKING:
    from dashboards.push import PushReport


def cities_with_gold(settings: Settings, first: str) -> tuple[str, ...]:
    """Cities whose lake holds a gold table, `first` first; simulated and real ones are never shown together."""
    from schemas.city import cities

    folder = Path(settings.lake_folder())
    found = [city for city in cities() if any((folder / city / "gold").glob("*/_delta_log"))]
    alike = [city for city in found if is_simulated(folder / city) == is_simulated(folder / first)]
    return tuple(sorted(alike, key=lambda city: (city != first, city)))


def build_catalogue(settings: Settings, path: Path, city: str) -> tuple[str, ...]:
    """Write the DuckDB file of views that Superset opens, and give the cities in it, `city` first.

    A lake that another version of the contracts wrote is left out rather than kept from being shown by it.

    Raises:
        ConfigurationError: the lake is not on a disk of this machine.
    """
    from dashboards.catalogue import build_catalogue as build
    from dashboards.catalogue import city_lake
    from dashboards.errors import CatalogueError

    if "://" in settings.lake_folder():
        raise ConfigurationError(f"lake {settings.lake_folder()}: Superset reads lakes on a local or mounted disk")
    cities = cities_with_gold(settings, city) or (city,)
    lakes = {each: city_lake(each, Path(settings.lake(each))) for each in cities}
    try:
        build(path, list(lakes.values()))
    except CatalogueError:
        if len(cities) == 1:
            raise
        build(path, [lakes[city]])
        return (city,)
    return cities


def external_login(settings: Settings) -> tuple[str, str, str]:
    """Address, account and password of the Superset in the settings.

    Raises:
        ConfigurationError: there is none, or its password is missing.
    """
    if settings.superset_url is None:
        raise ConfigurationError(
            "no Superset given: set superset_url (and superset_password), or let `make demo` start one and push to it"
        )
    if settings.superset_password is None:
        raise ConfigurationError("superset_url is set but superset_password is not; give VIGIE_SUPERSET_PASSWORD")
    return settings.superset_url, settings.superset_username, settings.superset_password.get_secret_value()


def push(settings: Settings, url: str, username: str, password: str, cities: tuple[str, ...]) -> PushReport:
    """Import every dashboard and query every chart."""
    from dashboards.catalogue import city_lake
    from dashboards.push import push as send

    return send(url, username, password, [city_lake(city, Path(settings.lake(city))) for city in cities])
