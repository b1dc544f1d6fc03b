"""Writes docs/settings.md from the table of settings: `python -m tests.docs.write_settings`."""

from collections.abc import Iterator
from pathlib import Path

from collector.settings import SETTINGS, Setting

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"

HEAD = """\
# Settings

Every setting can stand in a TOML file, in the environment and on the command line. A later one wins: the default, the
file (`--settings FILE` or `TREKVART_SETTINGS`), the variable, the flag. A key that is not in this table, or a value of
the wrong kind, stops the command with one sentence. Other variables that begin with `TREKVART_` are not looked at.

    # trekvart.toml
    data_directory = "/var/lib/trekvart"
    public_url = "https://stats.shop.example"
    trusted_proxies = ["127.0.0.0/8"]

Relative paths are taken from the directory that the command runs in. A list is written `["a", "b"]` in the file,
`a,b` in the environment, and as the flag given once for each on the command line.

What belongs to one site (its k, its time zone, its hosts) is not here: see `trekvart site --help`.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(part for setting in SETTINGS for part in _section(setting))


def _section(setting: Setting) -> Iterator[str]:
    default = ", ".join(setting.default) if setting.many else setting.default
    told = f"`{default}`" if default not in (None, "") else "unset"
    yield f"\n## {setting.name}\n\n{setting.help}\n\n"
    yield f"It is {setting.wants}; by default {told}. Variable `{setting.variable}`, flag `{setting.flag}`.\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
