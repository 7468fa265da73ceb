"""Logbook of a municipal police (main courante), under the columns that the city's profile names.

No national layout exists: every town exports its own from its own software, as CSV, JSON or workbook. Format, columns,
words and projection are settings, told in ``docs/engineer/column-mapping.md``. What does not depend on the town:

* Free text names persons. It is never mapped, and nothing of an entry but its mapped fields is kept anywhere: not in
  the row, not in the original beside it, not in a dead letter.
* Times are wall clock of the town, and often rounded.
"""

from __future__ import annotations

from connectors.sdk.connector import Attribution
from connectors.sdk.mapped import MappedFileConnector
from schemas.contract import Label


class MunicipalLogbook(MappedFileConnector):
    """One entry of the logbook; key ``<issuer>:<number>`` as the profile names them."""

    contract = "silver.incident_report"
    family = "police"
    label = Label(fr="Main courante de la police municipale", en="Logbook of the municipal police")
    attribution = Attribution(
        publisher="The town named by the city profile", licence="Not published: the town's own records"
    )
    keep_raw = "mapped"
    free_text = frozenset((
        *("observation", "observations", "commentaire", "commentaires", "remarque", "remarques", "note", "notes"),
        *("description", "descriptif", "récit", "recit", "compte rendu", "compte-rendu", "texte", "texte libre"),
        *("résumé", "resume", "rédacteur", "redacteur", "agent", "agents", "requérant", "requerant", "appelant"),
        *("victime", "auteur", "plaignant", "témoin", "temoin", "nom", "prénom", "prenom", "téléphone", "telephone"),
        *("immatriculation", "plaque", "comment", "comments", "narrative", "remarks", "free text", "caller", "name"),
        *("phone", "plate", "officer", "suspect", "victim", "witness"),
    ))  # fmt: skip
