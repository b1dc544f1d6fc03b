"""The public notice, and what an operator needs: the section for the policy, the record, the register extract ..."""

from datetime import UTC, date, datetime
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.errors import SettingsError, SiteError
from collector.site import Site
from dashboard.documents import to_html
from dashboard.extract import Extract, about_address
from dashboard.frame import Ask, Screen
from dashboard.menus import Choice
from dashboard.notice import Kind, document, missing
from dashboard.search import Needles


def show_notice(ask: Ask) -> Response:
    """GET /privacy: the notice about all sites; about one: GET /privacy/{domain}. Open to all."""
    text = _document(ask, Kind.NOTICE, _sites(ask))
    return ask.render("notice.html", body=to_html(text), title=_title(text))


def show_paper(ask: Ask) -> Response:
    """GET /documents/{kind}: a document to read, print and copy, and what is not filled in yet."""
    kind = ask.request.path_params["kind"]
    if kind not in set(Kind):
        raise HTTPException(404)
    text = _document(ask, Kind(kind), ask.deps.control.sites())
    return ask.render(
        "paper.html",
        kind=kind,
        kinds=_kinds(ask, kind),
        body=to_html(text),
        markdown=text,
        blanks=missing(ask.deps.settings),
    )


def show_search(ask: Ask) -> Response:
    """GET /extract: the form that asks for an address."""
    return _extract(ask)


def make_extract(ask: Ask) -> Response:
    """POST /extract: a letter and what was searched. The address comes in the body and is neither kept nor shown."""
    try:
        needles = Needles(ask.form.get("address", ""))
    except SettingsError:
        return _extract(ask, 400, wrong=True)
    language, settings, sites = ask.words.language, ask.deps.settings, ask.deps.control.sites()
    return _extract(ask, made=about_address(needles, language, settings, sites, ask.now, store=ask.deps.store))


def _extract(ask: Ask, status: int = 200, *, made: Extract | None = None, wrong: bool = False) -> Response:
    texts = (to_html(made.letter), to_html(made.appendix)) if made else ()
    return ask.render(
        "extract.html", status, kinds=_kinds(ask, "extract"), texts=texts, hits=made and made.hits, wrong=wrong
    )


def _kinds(ask: Ask, current: str) -> list[Choice]:
    papers = [Choice(ask.words(f"papers.kind.{one}"), ask.link("paper", kind=one), one == current) for one in Kind]
    return [*papers, Choice(ask.words("papers.extract"), ask.link("extract"), current == "extract")]


def _sites(ask: Ask) -> tuple[Site, ...]:
    domain = ask.request.path_params.get("site")
    if domain is None:
        return ask.deps.control.sites()
    try:
        return (ask.deps.control.site(domain),)
    except SiteError:
        raise HTTPException(404) from None


def _document(ask: Ask, kind: Kind, sites: tuple[Site, ...]) -> str:
    return document(kind, ask.words.language, ask.deps.settings, sites, _today(ask))


def _today(ask: Ask) -> date:
    return datetime.fromtimestamp(ask.now / 1000, tz=UTC).date()


def _title(markdown: str) -> str:
    return markdown.partition("\n")[0].lstrip("# ").replace("\\", "")


SCREENS: Final[tuple[Screen, ...]] = (
    Screen("/privacy", "privacy", show_notice, open=True),
    Screen("/privacy/{site}", "privacy_of", show_notice, open=True),
    Screen("/documents/{kind}", "paper", show_paper),
    Screen("/extract", "extract", show_search),
    Screen("/extract", "make_extract", make_extract, method="POST"),
)
