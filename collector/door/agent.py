"""What a User-Agent header says: browser, system and device, in words of closed lists, and whether a machine sent it.

The browser is read with ua-parser's expressions (9 MB, 3 us). Its expressions for systems and devices would cost 18 MB
and 8 us more to tell what the few words below tell as well, since only classes are kept.
"""

from functools import cache, lru_cache
from operator import attrgetter

import re2
import ua_parser_rs
from msgspec import Struct
from ua_parser import load_lazy_builtins

from collector.door.bots import is_bot

LONGEST_USER_AGENT = 512  # characters looked at; in-app browsers reach 400

OTHER = "Other"

# ua-parser's families as they are shown. These have a major version: "Firefox 153".
VERSIONED = {
    "Android": "Android Browser",
    "Brave": "Brave",
    "Chrome": "Chrome",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "Chrome WebView",
    "Chromium": "Chromium",
    "Coc Coc": "Coc Coc",
    "DuckDuckGo": "DuckDuckGo",
    "DuckDuckGo Mobile": "DuckDuckGo",
    "Ecosia Android": "Ecosia",
    "Ecosia iOS": "Ecosia",
    "Edge": "Edge",
    "Edge Mobile": "Edge",
    "Firefox": "Firefox",
    "Firefox Alpha": "Firefox",
    "Firefox Beta": "Firefox",
    "Firefox Focus": "Firefox",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Huawei Browser": "Huawei Browser",
    "IE": "Internet Explorer",
    "IE Mobile": "Internet Explorer",
    "Iceweasel": "Firefox",
    "Konqueror": "Konqueror",
    "Maxthon": "Maxthon",
    "MiuiBrowser": "Mi Browser",
    "Mobile Safari": "Safari",
    "Opera": "Opera",
    "Opera GX": "Opera",
    "Opera Mobile": "Opera",
    "Opera Touch": "Opera",
    "Pale Moon": "Pale Moon",
    "QQ Browser": "QQ Browser",
    "QQ Browser Mobile": "QQ Browser",
    "Safari": "Safari",
    "Samsung Internet": "Samsung Internet",
    "SeaMonkey": "SeaMonkey",
    "UC Browser": "UC Browser",
    "Vivaldi": "Vivaldi",
    "Whale": "Whale",
    "Yandex Browser": "Yandex Browser",
}
# These have none: an app's version moves every week and would only keep its groups from filling.
UNVERSIONED = {
    "Amazon Silk": "Amazon Silk",
    "Chrome Frame": "Internet Explorer",
    "Epiphany": "GNOME Web",
    "Facebook": "Facebook",
    "Facebook Messenger": "Messenger",
    "Flipboard": "Flipboard",
    "Google": "Google app",
    "Instagram": "Instagram",
    "KakaoTalk": "KakaoTalk",
    "LINE": "LINE",
    "LinkedIn": "LinkedIn",
    "Microsoft Teams": "Microsoft Teams",
    "Mobile Safari UI/WKWebView": "Safari",
    "Oculus Browser": "Meta Quest Browser",
    "Opera Mini": "Opera Mini",
    "Pinterest": "Pinterest",
    "Slack Desktop Client": "Slack",
    "Snapchat": "Snapchat",
    "Telegram": "Telegram",
    "TikTok": "TikTok",
    "Twitter": "X",
    "WeChat Browser": "WeChat",
}

BROWSERS = frozenset({OTHER, *VERSIONED.values(), *UNVERSIONED.values()})
SYSTEMS = ("Windows", "macOS", "iOS", "iPadOS", "Android", "ChromeOS", "Linux", OTHER)
DEVICES = ("desktop", "mobile", "tablet", "tv", "console", "other")

# What a sign in the header says, as (field, value, expression): of a field's signs that are found the first decides,
# for nearly all headers name several systems ("X11; CrOS", "Linux; Android", "iPhone; like Mac OS X").
# "app" are those that ua-parser takes for the web view they are built of.
_SIGNS = (
    ("app", "Facebook", r"\bFB(?:AN|AV|_IAB)\b|MetaIAB Facebook"),
    ("app", "Instagram", r"Instagram "),
    ("app", "TikTok", r"musical_ly|BytedanceWebview|TikTok"),
    ("app", "Snapchat", r"Snapchat"),
    ("app", "LinkedIn", r"LinkedInApp"),
    ("app", "Pinterest", r"\[Pinterest/"),
    ("app", "Google app", r"\bGSA/"),
    ("system", OTHER, r"Windows Phone|Xbox|PlayStation|Nintendo|Tizen|Web0S|KAIOS|HarmonyOS|Symbian|BlackBerry|BB10"),
    ("system", "iPadOS", r"iPad"),
    ("system", "iOS", r"iPhone|iPod"),
    ("system", "Android", r"Android"),
    ("system", "ChromeOS", r"CrOS"),
    ("system", "Windows", r"Windows"),
    ("system", "macOS", r"Macintosh|Mac OS X|Mac_PowerPC"),
    ("system", "Linux", r"Linux|X11|BSD"),
    ("device", "console", r"PlayStation|Xbox|Nintendo"),
    ("device", "tv", r"(?i:smart[- ]?tv)|\bTV\b|AppleTV|GoogleTV|Web0S|HbbTV|NetCast|BRAVIA|\bAFT[A-Z]|\bCrKey\b"),
    ("device", "tv", r"Roku|VIDAA|Viera"),
    ("device", "tablet", r"iPad|Tablet(?:[^ ]| [^P]|$)|PlayBook|\bSM-[TX]\d|\bKF[A-Z]{2,4}\b"),
    ("device", "mobile", r"Mobi|iPhone|iPod|Opera Mini|BlackBerry|BB10|Windows Phone|Symbian|KAIOS"),
    ("device", "tablet", r"Android"),  # a telephone's browser says "Mobile"
    ("device", "other", r"OculusBrowser"),
    ("device", "desktop", r"Windows|Macintosh|Mac OS X|Mac_PowerPC|Linux|X11|CrOS|BSD"),
)


class Agent(Struct, frozen=True, gc=False):
    """What a User-Agent header says."""

    browser: (
        str  # one of BROWSERS, a space and a major version below 1000 where one is kept: "Firefox 153", "Instagram"
    )
    system: str  # one of SYSTEMS. Safari on an iPad calls itself macOS, and is counted so
    device: str  # one of DEVICES
    bot: bool


def read_agent(user_agent: str) -> Agent:
    """Return the classes of a User-Agent header; never raises. An empty one is a bot's."""
    return _read(user_agent[:LONGEST_USER_AGENT])


# In memory only, and at most 4,096 strings of 512 characters.
@lru_cache(maxsize=4096)
def _read(text: str) -> Agent:
    if not text.isascii():
        text = text.encode("ascii", "replace").decode()
    said: dict[str, str] = {}
    for index in sorted(_signs().Match(text) or ()):
        field, value, _ = _SIGNS[index]
        said.setdefault(field, value)
    return Agent(
        browser=said.get("app") or _read_browser(text),
        system=said.get("system", OTHER),
        device=said.get("device", "other"),
        bot=is_bot(text),
    )


def _read_browser(text: str) -> str:
    found = _extractor().extract(text)
    if found is None:
        return OTHER
    family = VERSIONED.get(found.family)
    if family is None:
        return UNVERSIONED.get(found.family, OTHER)
    major = found.major or ""
    plausible = major.isdigit() and len(major) <= 3 and int(major)
    return f"{family} {int(major)}" if plausible else family


@cache
def _signs() -> re2.Set:
    # One automaton for all: 1.3 us, where `re` needs 45 for as many alternatives.
    signs = re2.Set.SearchSet()
    for _, _, expression in _SIGNS:
        signs.Add(expression)
    signs.Compile()
    return signs


@cache
def _extractor() -> ua_parser_rs.UserAgentExtractor:
    # 50 ms and 9 MB, so built when first asked for. ua_parser's own parser would build systems and devices too.
    fields = attrgetter("regex", "family", "major", "minor", "patch", "patch_minor")
    return ua_parser_rs.UserAgentExtractor(map(fields, load_lazy_builtins()[0]))
