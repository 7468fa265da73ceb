"""Run the pipeline without end."""

from __future__ import annotations

from vigie.options import CityOption


def run(city: CityOption = None) -> None:
    """Take in and clean records as they arrive, until Ctrl-C; `vigie run gold` publishes what has come.

    The same code as `vigie run` with a continuous trigger. A restart goes on where the last run stopped. With the
    setting `sources` at `live` the city's sources are read too, as by `vigie connectors listen --all`.

    Examples:

        vigie stream

        VIGIE_KAFKA_BOOTSTRAP=broker:9092 vigie stream --city lancashire
    """
    from vigie import pipeline, settings

    loaded = settings.load(city)
    pipeline.stream(loaded, loaded.city)
