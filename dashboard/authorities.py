"""Whom a visitor can complain to, by the country of the controller (GDPR 77)."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct


class Authority(Struct, frozen=True):
    """A supervisory authority. `name` by language; `contact` and `web` may be empty."""

    name: Mapping[str, str]
    web: str
    contact: str = ""


def _named(sv: str, en: str, web: str, contact: str = "") -> Authority:
    return Authority({"sv": sv, "en": en}, web, contact)


AUTHORITIES: Final[Mapping[str, Authority]] = {
    "SE": _named(
        "Integritetsskyddsmyndigheten (IMY)",
        "the Swedish Authority for Privacy Protection (IMY)",
        "www.imy.se",
        "imy@imy.se, Box 8114, 104 20 Stockholm, 08-657 61 00",
    ),
    "NO": _named("Datatilsynet i Norge", "Datatilsynet, Norway", "www.datatilsynet.no"),
    "DK": _named("Datatilsynet i Danmark", "Datatilsynet, Denmark", "www.datatilsynet.dk"),
    "FI": _named("dataombudsmannens byrå i Finland", "the Data Protection Ombudsman of Finland", "tietosuoja.fi"),
    "DE": _named(
        "tillsynsmyndigheten i din tyska delstat, eller BfDI",
        "the supervisory authority of your German state, or the BfDI",
        "www.bfdi.bund.de",
    ),
    "FR": _named("CNIL i Frankrike", "the CNIL, France", "www.cnil.fr"),
    "IE": _named(
        "Data Protection Commission i Irland", "the Data Protection Commission, Ireland", "www.dataprotection.ie"
    ),
    "NL": _named(
        "Autoriteit Persoonsgegevens i Nederländerna",
        "the Autoriteit Persoonsgegevens, the Netherlands",
        "www.autoriteitpersoonsgegevens.nl",
    ),
    "other": _named(
        "dataskyddsmyndigheten i det land där du bor, arbetar eller där felet har begåtts",
        "the supervisory authority of the country where you live or work, or where the infringement took place",
        "www.edpb.europa.eu",
    ),
}
