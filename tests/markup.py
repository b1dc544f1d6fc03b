"""HTML read strictly: what a page says, and what it could do."""

from dataclasses import dataclass
from html.parser import HTMLParser


@dataclass(eq=False)
class Element:
    tag: str
    attributes: dict[str, str]
    text: list[str]  # all text inside it, in order

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    @property
    def words(self) -> str:
        """Its text in one line."""
        return " ".join("".join(self.text).split())


VOID = {"meta", "link", "input", "option", "rect", "path", "circle", "br", "img"}  # an option's end may be left out


class Page(HTMLParser):
    """A page's elements in order. A start tag is open until its end tag; crossed tags fail."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self._around: dict[Element, set[Element]] = {}
        self.feed(html)
        self.close()
        assert not self._open, [element.tag for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = self._new(tag, attrs)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._new(tag, attrs)

    def _new(self, tag: str, attrs: list[tuple[str, str | None]]) -> Element:
        element = Element(tag, {name: value or "" for name, value in attrs}, [])
        self.elements.append(element)
        self._around[element] = set(self._open)
        return element

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self._open, f"</{tag}> ends nothing"
        assert self._open[-1].tag == tag, f"</{tag}> inside <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text.append(data)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """The elements of a tag that have these attributes; `class_` is one of its classes."""
        return [e for e in self.elements if e.tag == tag and all(_has(e, k, v) for k, v in attributes.items())]

    def one(self, tag: str, **attributes: str) -> Element:
        """The only such element."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, (tag, attributes, len(found))
        return found[0]

    def within(self, outer: Element, tag: str, **attributes: str) -> list[Element]:
        """The elements of a tag inside this one."""
        return [e for e in self.all(tag, **attributes) if outer in self._around[e]]

    def addresses(self) -> list[str]:
        """Everything the page links to, loads or sends to."""
        names = ("href", "src", "action", "data-plotly")
        return [e.attributes[name] for e in self.elements for name in names if name in e.attributes]

    def check_inert(self) -> None:
        """Nothing in it runs or styles by itself: no inline script, style, handler or foreign address."""
        for element in self.elements:
            assert element.tag not in {"style", "iframe", "object", "embed", "base"}, element
            if element.tag == "script":
                assert "src" in element.attributes or element["type"] == "application/json", element
                assert not ("src" in element.attributes and element.words), element
            for name in element.attributes:
                assert not name.startswith("on"), element
                assert name != "style", element
        for address in self.addresses():
            assert address.startswith(("/", "?", "#")), address
            assert not address.startswith("//"), address


def _has(element: Element, name: str, value: str) -> bool:
    if name == "class_":
        return value in element.attributes.get("class", "").split()
    return element.attributes.get(name.replace("_", "-")) == value
