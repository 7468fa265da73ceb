"""The generated catalogue: one page per table, connector and city, French first, English beside it."""

from vigie.catalogue.pages import pages

__all__ = ["pages"]
