"""The case as a map in SVG: each report with the circle its precision states, the links, the rival, the place kept."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vigie.catalogue.told_case import Case, Row

METRES_PER_DEGREE = 111_195.0
WIDTH_PX, MARGIN_M = 640, 30.0
OURS, THEIRS, KEPT = "#0072B2", "#D55E00", "#222222"


def drawn(told: Case) -> str:
    """SVG text; north is up, one scale in both directions."""
    kept = told.incident
    around = [*told.reports, *told.rivals]
    places = [_metres(row, kept) for row in around]
    reach = [row["location_precision_m"] + MARGIN_M for row in around]
    west = min(x - r for (x, _), r in zip(places, reach, strict=True))
    east = max(x + r for (x, _), r in zip(places, reach, strict=True))
    south = min(y - r for (_, y), r in zip(places, reach, strict=True))
    north = max(y + r for (_, y), r in zip(places, reach, strict=True))
    scale = WIDTH_PX / (east - west)
    height = math.ceil((north - south) * scale)

    def at(x: float, y: float) -> tuple[float, float]:
        return round((x - west) * scale, 1), round((north - y) * scale, 1)

    points = [at(*place) for place in places]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {height}" font-family="sans-serif">',
        f'<rect width="{WIDTH_PX}" height="{height}" fill="#ffffff"/>',
        *_links(told.links, points),
        *_kept(at(0.0, 0.0)),
        *_reports(told.reports, points[: len(told.reports)], scale, OURS, [str(row["number"]) for row in told.reports]),
        *_reports(told.rivals, points[len(told.reports) :], scale, THEIRS, ["✕"] * len(told.rivals)),
        *_scale_bar(scale, height),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _metres(row: Row, origin: Row) -> tuple[float, float]:
    across = math.cos(math.radians(origin["latitude"])) * METRES_PER_DEGREE
    x, y = (row["longitude"] - origin["longitude"]) * across, (row["latitude"] - origin["latitude"]) * METRES_PER_DEGREE
    return x, y


def _reports(
    rows: Sequence[Row], points: Sequence[tuple[float, float]], scale: float, colour: str, marks: Sequence[str]
) -> list[str]:
    found = []
    for row, (x, y), mark in zip(rows, points, marks, strict=True):
        radius = round(row["location_precision_m"] * scale, 1)
        found += [
            f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}" fill-opacity="0.06" stroke="{colour}" '
            'stroke-opacity="0.5" stroke-dasharray="4 3"/>',
            f'<circle cx="{x}" cy="{y}" r="9" fill="{colour}"/>',
            f'<text x="{x}" y="{y + 4}" font-size="12" text-anchor="middle" fill="#ffffff">{mark}</text>',
        ]
    return found


def _links(links: Sequence[Row], points: Sequence[tuple[float, float]]) -> list[str]:
    found = []
    for link in links:
        (x1, y1), (x2, y2) = points[link["first"] - 1], points[link["second"] - 1]
        width = round(0.5 + 2.5 * link["link_ratio"], 1)
        ends = f'x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"'
        found.append(f'<line {ends} stroke="{OURS}" stroke-width="{width}" stroke-opacity="0.4"/>')
    return found


def _kept(point: tuple[float, float]) -> list[str]:
    x, y = point
    return [f'<path d="M{x - 20} {y}h40M{x} {y - 20}v40" stroke="{KEPT}" stroke-width="2.5"/>']


def _scale_bar(scale: float, height: int) -> list[str]:
    width = round(100 * scale, 1)
    return [
        f'<path d="M20 {height - 20}h{width}" stroke="{KEPT}" stroke-width="2"/>',
        f'<text x="20" y="{height - 28}" font-size="12" fill="{KEPT}">100 m</text>',
    ]
