"""What other tools' clients call our sites: a Plausible domain, a website id, an idsite, a measurement id."""

import re
from typing import Final

from collector.control import Control
from collector.errors import SiteError

# tool -> what its names look like, and how to say so. GoatCounter names a site by the host that its script asks.
NAMES: Final = {
    "plausible": (r"[^\s,]{1,253}", "the data-domain, like shop.example"),
    "umami": (r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "the website id, 32 hexadecimal digits in five groups"),
    "goatcounter": (r"[a-z0-9.-]{1,253}", "the host its script asks, like stats.shop.example"),
    "matomo": (r"[0-9]{1,9}", "the idsite, a number"),
    "ga4": (r"[a-z]{1,3}-[a-z0-9]{4,20}", "the measurement id, like G-ABC1234567"),
}
Key = tuple[str, str]  # tool, name in lower case


def aliases(control: Control) -> dict[Key, str]:
    """All of them: to the site's domain."""
    return {(tool, name): domain for tool, name, domain in control.read("aliases")}


def add_alias(control: Control, domain: str, tool: str, name: str) -> None:
    """Let a tool's name mean a site. Raises SiteError: no such site or tool, no such name, or another site's."""
    key = _key(tool, name)
    with control.writing():
        site = control.site(domain)
        taken = aliases(control).get(key)
        if taken is not None:
            raise SiteError(f"{name} of {tool} means {taken} already; take it away with: trekvart site alias --remove")
        control.write("add_alias", tool=tool, name=key[1], site=site.id)
        control.write("count_change")


def remove_alias(control: Control, domain: str, tool: str, name: str) -> None:
    """Forget a name. Raises SiteError when the site has none such."""
    key = _key(tool, name)
    with control.writing():
        site = control.site(domain)
        if not control.write("drop_alias", tool=tool, name=key[1], site=site.id):
            raise SiteError(f"{domain} has no name {name} of {tool}; see: trekvart site alias {domain}")
        control.write("count_change")


def _key(tool: str, name: str) -> Key:
    if tool not in NAMES:
        raise SiteError(f"There is no tool {tool!r}; there are {', '.join(NAMES)}.")
    pattern, looks = NAMES[tool]
    key = name.strip().lower()
    if not re.fullmatch(pattern, key):
        raise SiteError(f"{name!r} is no name of a site in {tool}; it is {looks}.")
    return tool, key
