"""Markdown to a page and to plain text. Markup inside a value is text, never HTML."""

import re
import textwrap
from collections.abc import Iterator
from typing import Final, Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

Format = Literal["text", "markdown", "html"]

_READER: Final = MarkdownIt("js-default", {"linkify": False, "typographer": False})  # js-default: html is off
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>|~])")
_BREAK: Final = re.compile(r"\s*[\r\n\t\v\f\x85\u2028\u2029]\s*")
WIDTH: Final = 78


def escaped(value: object) -> str:
    """A value as Markdown that shows just that: one line, no markup."""
    return _SPECIAL.sub(r"\\\1", _BREAK.sub(" ", str(value)))


def to_html(markdown: str) -> str:
    """The body of a page. Tables stand in a box that scrolls by itself, so that a phone's page does not."""
    html: str = _READER.render(markdown)
    return html.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")


def to_page(markdown: str, language: str) -> str:
    """A whole HTML page without style, to put wherever it is needed."""
    heading = next((line.lstrip("# ") for line in markdown.splitlines() if line.startswith("#")), "")
    title = _READER.renderInline(heading)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"{_READER.render(markdown)}</html>\n"
    )


def to_text(markdown: str) -> str:
    """Plain text, wrapped."""
    return "\n".join(_lines(_READER.parse(markdown))).strip() + "\n"


def _lines(tokens: list[Token]) -> Iterator[str]:
    inside, cells, bullet = "", [""], ""
    for token in tokens:
        if token.type in {"heading_open", "paragraph_open", "th_open", "td_open"}:
            inside = token.tag
        elif token.type == "list_item_open":
            bullet = "- "
        elif token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            rest = "; ".join(filter(None, cells[1:]))
            yield from _wrapped(f"{cells[0]}: {rest}" if rest else cells[0], "- ")
        elif token.type in {"table_close", "bullet_list_close"}:
            yield ""
        elif token.type == "inline" and inside in {"th", "td"}:
            cells.append(_plain(token))
        elif token.type == "inline" and inside == "p":
            yield from _wrapped(_plain(token), bullet)
            yield from () if bullet else ("",)
            bullet = ""
        elif token.type == "inline":
            title = _plain(token).upper() if inside == "h1" else _plain(token)
            yield from ("", title, ("=" if inside == "h1" else "-") * len(title), "")


def _wrapped(text: str, bullet: str) -> list[str]:
    indent = " " * len(bullet)
    return textwrap.wrap(bullet + text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _plain(token: Token) -> str:
    return "".join(" " if one.type == "softbreak" else one.content for one in token.children or ())
