"""Start Airflow on the lake of a city."""

from __future__ import annotations

from vigie.options import CityOption


def run(city: CityOption = None) -> None:
    """Start Airflow with the DAGs of `dags/` on the lake of a city, with a generated login, until Ctrl-C.

    Example:

        vigie airflow --city san_francisco
    """
    from vigie import screen, settings
    from vigie.local.airflow import start_airflow
    from vigie.local.broker_of_city import broker_for
    from vigie.local.waiting import terminable, until_interrupted

    loaded = settings.load(city)
    with terminable(), broker_for(loaded, loaded.city) as bootstrap:
        out = screen.console()
        out.print("Airflow starts (about half a minute) …")
        running = start_airflow(loaded, loaded.city, kafka_bootstrap=bootstrap)
        try:
            out.print(f"Airflow: {running.url}\nLogin: {running.login.username}  Password: {running.login.password}")
            out.print("Ctrl-C stops it.")
            until_interrupted(running.children)
        finally:
            running.stop()
