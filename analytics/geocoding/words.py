"""How streets are abbreviated: by language, as word tables, after the national addressing standards.

French: La Poste and AFNOR NF Z 10-011 (types of street, titles). English: US Postal Service Publication 28, appendix C.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Words of one language, lower case and without accents.

    Attributes:
        full: abbreviation -> the word it stands for.
        types: words that say what kind of street it is; a source may leave them out.
        small: words that carry no meaning of their own.
        leads: words that come before an address and are not part of it.
    """

    full: Mapping[str, str]
    types: frozenset[str]
    small: frozenset[str]
    leads: frozenset[str]


def _table(text: str) -> dict[str, str]:
    pairs = (line.split(":") for line in text.split(";"))
    return {short: word.strip() for shorts, word in pairs for short in shorts.split()}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FRENCH = Words(
    full=_table(
        "r:rue;av ave aven:avenue;bd bld bld boul blvd bvd:boulevard;pl plc:place;ch che chem:chemin;"
        "imp:impasse;all al:allee;allees:allee;tra trav trv:traverse;mte mtee:montee;sq sqr:square;"
        "crs:cours;rte:route;q qu:quai;pas pass psg:passage;prom:promenade;rpt rdpt:rond-point;"
        "esp:esplanade;lot:lotissement;res:residence;ham:hameau;dom:domaine;vc:voie communale;"
        "cd rd:route departementale;rn:route nationale;sen sent:sentier;esc:escalier;fg fbg:faubourg;"
        "pte:porte;vge:village;cite ct:cite;st:saint;ste:sainte;sts:saints;nd n-d:notre dame;"
        "gal gen genl:general;mal mar mchal:marechal;dr doct:docteur;pr prof:professeur;"
        "cdt cmdt:commandant;col:colonel;cne cap capt:capitaine;lt ltn:lieutenant;sgt:sergent;"
        "adj:adjudant;pdt pres:president;me:maitre;mgr:monseigneur;abbe:abbe;cal:caporal;amal am:amiral;"
        "ing:ingenieur;gd:grand;gde:grande;pt:petit;pte:petite;vx:vieux;nat:nationale;rep:republique;"
        "univ:universite"
    ),
    types=_words(
        "rue avenue boulevard place chemin impasse allee traverse montee square cours route quai passage "
        "promenade rond-point esplanade lotissement residence hameau domaine sentier escalier faubourg voie "
        "ruelle villa cite parvis rampe corniche venelle carrefour"
    ),
    small=_words("de du des la le les l d et a au aux en sur sous"),
    leads=_words("angle croisement intersection carrefour face devant proche pres niveau hauteur n no numero num"),
)
ENGLISH = Words(
    full=_table(
        "st str:street;ave av aven:avenue;blvd bl boul:boulevard;dr drv:drive;rd:road;ln:lane;"
        "ct crt:court;pl plc:place;ter terr:terrace;hwy hy:highway;wy:way;sq:square;plz pz:plaza;"
        "cir:circle;aly al:alley;pkwy pky:parkway;expy:expressway;hts:heights;stwy:stairway;wk:walk;"
        "ptn:path;tunl:tunnel;brg br:bridge;n:north;s:south;e:east;w:west;nw:northwest;ne:northeast;"
        "sw:southwest;se:southeast;mt:mount;ft:fort;first:1st;second:2nd;third:3rd;fourth:4th;fifth:5th;"
        "sixth:6th;seventh:7th;eighth:8th;ninth:9th;tenth:10th"
    ),
    types=_words(
        "street avenue boulevard drive road lane court place terrace highway way square plaza circle alley "
        "parkway expressway walk path row loop mews crescent gardens grove close"
    ),
    small=_words("the of at near"),
    leads=_words("block blk intersection corner near between opposite"),
)
LANGUAGES: Mapping[str, Words] = {"fr": FRENCH, "en": ENGLISH}
