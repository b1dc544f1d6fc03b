"""What a User-Agent header says: words of closed lists, whatever it holds, and who is a machine."""

import re

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from hypothesis import example, given
from hypothesis import strategies as st

from collector.door.agent import BROWSERS, DEVICES, LONGEST_USER_AGENT, SYSTEMS, Agent, read_agent
from collector.door.bots import NOT_BOTS

KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KHTML}"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
LINUX = f"Mozilla/5.0 (X11; Linux x86_64) {KHTML}"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
IPAD = "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
WEB_VIEW = "Version/4.0 Chrome/142.0.7444.142 Mobile Safari/537.36"


def android(device: str) -> str:
    return f"Mozilla/5.0 (Linux; Android 15; {device}) {KHTML}"


PEOPLE = {
    "Chrome": (f"{WINDOWS} Chrome/156.0.0.0 Safari/537.36", "Chrome 156", "Windows", "desktop"),
    "Edge": (f"{WINDOWS} Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0", "Edge 156", "Windows", "desktop"),
    "Opera": (f"{WINDOWS} Chrome/154.0.0.0 Safari/537.36 OPR/124.0.0.0", "Opera 124", "Windows", "desktop"),
    "Vivaldi": (f"{LINUX} Chrome/154.0.0.0 Safari/537.36 Vivaldi/7.6.3797.55", "Vivaldi 7", "Linux", "desktop"),
    "Chromebook": (
        f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {KHTML} Chrome/156.0.0.0 Safari/537.36",
        *("Chrome 156", "ChromeOS", "desktop"),
    ),
    "Firefox": (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0",
        *("Firefox 153", "Windows", "desktop"),
    ),
    "Firefox on Ubuntu": (
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
        *("Firefox 153", "Linux", "desktop"),
    ),
    "Iceweasel": (
        "Mozilla/5.0 (X11; Linux x86_64; rv:24.0) Gecko/20140205 Firefox/24.0 Iceweasel/24.3.0",
        *("Firefox 24", "Linux", "desktop"),
    ),
    "Safari": (f"{MAC} Version/26.1 Safari/605.1.15", "Safari 26", "macOS", "desktop"),
    "DuckDuckGo on a Mac": (f"{MAC} Version/18.5 Safari/605.1.15 Ddg/18.5", "DuckDuckGo 18", "macOS", "desktop"),
    "Safari on iPhone": (f"{IPHONE} Version/26.0 Mobile/15E148 Safari/604.1", "Safari 26", "iOS", "mobile"),
    "Safari on iPad": (f"{IPAD} Version/26.0 Mobile/15E148 Safari/604.1", "Safari 26", "iPadOS", "tablet"),
    "web view on iPhone": (f"{IPHONE} Mobile/22H20", "Safari", "iOS", "mobile"),
    "Chrome on iPhone": (f"{IPHONE} CriOS/156.0.7000.10 Mobile/15E148 Safari/604.1", "Chrome 156", "iOS", "mobile"),
    "Firefox on iPhone": (f"{IPHONE} FxiOS/153.0 Mobile/15E148 Safari/605.1.15", "Firefox 153", "iOS", "mobile"),
    "Edge on iPhone": (f"{IPHONE} Version/18.0 EdgiOS/156.0.0.0 Mobile/15E148 Safari/605", "Edge 156", "iOS", "mobile"),
    "Chrome on Android": (f"{android('K')} Chrome/156.0.0.0 Mobile Safari/537.36", "Chrome 156", "Android", "mobile"),
    "Chrome on a tablet": (f"{android('K')} Chrome/156.0.0.0 Safari/537.36", "Chrome 156", "Android", "tablet"),
    "Samsung Internet": (
        f"{android('SM-S928B')} SamsungBrowser/31.0 Chrome/140.0.0.0 Mobile Safari/537.36",
        *("Samsung Internet 31", "Android", "mobile"),
    ),
    "Firefox on Android": (
        "Mozilla/5.0 (Android 16; Mobile; rv:153.0) Gecko/153.0 Firefox/153.0",
        *("Firefox 153", "Android", "mobile"),
    ),
    "Firefox on a tablet": (
        "Mozilla/5.0 (Android 16; Tablet; rv:153.0) Gecko/153.0 Firefox/153.0",
        *("Firefox 153", "Android", "tablet"),
    ),
    "Opera on Android": (
        f"{android('SM-G991B')} Chrome/140.0.0.0 Mobile Safari/537.36 OPR/86.0.0.0",
        *("Opera 86", "Android", "mobile"),
    ),
    "Huawei": (
        f"{android('ANA-NX9')} Chrome/114.0.5735.196 HuaweiBrowser/15.0.4.312 Mobile Safari/537.36",
        *("Huawei Browser 15", "Android", "mobile"),
    ),
    "Xiaomi": (
        f"{android('2201117TY')} Version/4.0 Chrome/112.0 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.10.1-gn",
        *("Mi Browser 14", "Android", "mobile"),
    ),
    "DuckDuckGo": (
        f"{android('Pixel 9')} Version/4.0 Chrome/156.0.0.0 Mobile DuckDuckGo/5 Safari/537.36",
        *("DuckDuckGo 5", "Android", "mobile"),
    ),
    "Cubot telephone": (
        f"{android('CUBOT NOTE 40 Build/TP1A.220624.014; wv')} {WEB_VIEW}",
        *("Chrome WebView 142", "Android", "mobile"),
    ),
    "Cubot, name at the end": (
        f"{android('CUBOT')} Chrome/140.0.0.0 Mobile Safari/537.36",
        *("Chrome 140", "Android", "mobile"),
    ),
    "Facebook": (
        f"{IPHONE} Mobile/22H20 [FBAN/FBIOS;FBAV/530.0.0.40.73;FBDV/iPhone16,1;FBLC/sv_SE]",
        *("Facebook", "iOS", "mobile"),
    ),
    "Facebook on a Pixel": (
        f"{android('Pixel 10 Pro XL Build/CP1A.260305.018; wv')} {WEB_VIEW} MetaIAB Facebook",
        *("Facebook", "Android", "mobile"),
    ),
    "Instagram on an Android 15 telephone": (
        f"{android('CPH2557 Build/AP3A.240617.008; wv')} {WEB_VIEW} Instagram 406.0.0.58.159 Android (35/15; 480dpi)",
        *("Instagram", "Android", "mobile"),
    ),
    "Google app": (f"{IPHONE} GSA/390.0.800000000 Mobile/15E148 Safari/604.1", "Google app", "iOS", "mobile"),
    "Snapchat": (
        f"{IPHONE} Version/26.0 Mobile/15E148 Snapchat/13.60.0.40 (like Safari/8620.2.4.10.7, panda)",
        *("Snapchat", "iOS", "mobile"),
    ),
    "TikTok": (f"{IPHONE} Mobile/22H20 musical_ly_42.0.0 BytedanceWebview/d8a21c6", "TikTok", "iOS", "mobile"),
    "LinkedIn": (f"{IPHONE} Mobile/22H20 [LinkedInApp]/9.31.2000", "LinkedIn", "iOS", "mobile"),
    "Pinterest": (f"{IPHONE} Mobile/22H20 [Pinterest/iOS]", "Pinterest", "iOS", "mobile"),
    "Opera Mini": (
        "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423 Version/12.16",
        *("Opera Mini", "Android", "mobile"),
    ),
    "Silk": (
        f"{android('KFMAWI')} Silk/120.1.1 like Chrome/120.0.6099.43 Safari/537.36",
        *("Amazon Silk", "Android", "tablet"),
    ),
    "Fire TV": (f"{android('AFTKA Build/RS8; wv')} {WEB_VIEW}", "Chrome WebView 142", "Android", "tv"),
    "LG television": (
        f"Mozilla/5.0 (Web0S; Linux/SmartTV) {KHTML} Chrome/108.0.5359.211 Safari/537.36 WebAppManager",
        *("Chrome 108", "Other", "tv"),
    ),
    "Samsung television": (
        f"Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) {KHTML} SamsungBrowser/4.0 Chrome/94.0.4606.31 TV Safari/537.36",
        *("Samsung Internet 4", "Other", "tv"),
    ),
    "PlayStation": (
        "Mozilla/5.0 (PlayStation; PlayStation 5/9.00) AppleWebKit/605 (KHTML, like Gecko) Version/17.0 Safari/605",
        *("Safari 17", "Other", "console"),
    ),
    "Xbox": (
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) {KHTML} Chrome/140.0.0.0 Safari Edge/44.18363",
        *("Edge 44", "Other", "console"),
    ),
    "headset": (
        f"Mozilla/5.0 (X11; Linux x86_64; Quest 3) {KHTML} OculusBrowser/40.1.0 Chrome/138.0.0.0 VR Safari/537.36",
        *("Meta Quest Browser", "Linux", "other"),
    ),
    "KaiOS": (
        "Mozilla/5.0 (Mobile; Nokia 2720 Flip; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5.2.2",
        *("Firefox 48", "Other", "mobile"),
    ),
    "Internet Explorer": (
        "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
        *("Internet Explorer 11", "Windows", "desktop"),
    ),
    "Tablet PC": (
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; Tablet PC 2.0)",
        *("Internet Explorer 8", "Windows", "desktop"),
    ),
    "Electron": (f"{WINDOWS} Chrome/140.0.0.0 Electron/38.0.0 Safari/537.36", None, "Windows", "desktop"),
    "unknown browser": ("Mozilla/5.0 (Plan 9; amd64) Mothra/1.0", "Other", "Other", "other"),
}


@pytest.mark.parametrize(("header", "name", "system", "device"), PEOPLE.values(), ids=PEOPLE)
def test_peoples_browsers_are_read_and_counted(header: str, name: str | None, system: str, device: str) -> None:
    """Browsers and in-app browsers have their family, major version, system and device, and are no bots."""
    agent = read_agent(header)
    assert agent == Agent(name or agent.browser, system, device, bot=False)


MACHINES = {
    "nothing": "",
    "a word": "-",
    "Mozilla alone": "Mozilla/5.0",
    "Mozilla compatible": "Mozilla/4.0 (compatible;)",
    "Googlebot as a telephone": f"{android('Nexus 5X')} {WEB_VIEW} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "unknown bot": f"{WINDOWS} Chrome/156.0.0.0 Safari/537.36 NyttBot/1.0",
    "unknown bot, small letters": "nyttbot",
    "bot between spaces": "Mozilla/5.0 (compatible; our site bot; en)",
    "crawler": "Mozilla/5.0 (compatible; NyCrawler)",
    "spider": "Mozilla/5.0 (compatible; nyspider/0.1)",
    "headless": f"{LINUX} HeadlessChrome/156.0.0.0 Safari/537.36",
    "PhantomJS": "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/534.34 (KHTML, like Gecko) PhantomJS/1.9.2 Safari",
    "Lighthouse": f"{LINUX} Chrome/156.0.0.0 Safari/537.36 Chrome-Lighthouse",
    "monitoring": f"{WINDOWS} Chrome/156.0.0.0 Safari/537.36 NyttMonitoring/2",
    "preview": f"{WINDOWS} BingPreview/1.0b",
    "a link's preview": "facebookexternalhit/1.1",
    "assistant": f"{WINDOWS}; compatible; ChatGPT-User/1.0; +https://openai.com/bot",
    "requests": "python-requests/2.32.3",
    "urllib": "Python-urllib/3.13",
    "curl": "curl/8.7.1",
    "wget": "Wget/1.24.5 (linux-gnu)",
    "Go": "Go-http-client/2.0",
    "okhttp": "okhttp/4.12.0",
    "node": "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
    "Dalvik": "Dalvik/2.1.0 (Linux; U; Android 14; SM-S928B Build/UP1A)",
    "Java": "Java/21.0.1 by somebody",
    "address": f"{WINDOWS} Chrome/156.0.0.0 Safari/537.36 (+https://example.org)",
    "e-mail": f"{WINDOWS} Chrome/156.0.0.0 Safari/537.36 (admin@example.org)",
    "feed reader": "Tiny Tiny RSS/1.11",
}


@pytest.mark.parametrize("header", MACHINES.values(), ids=MACHINES)
def test_machines_are_bots(header: str) -> None:
    """Crawlers, previews, monitors, libraries, and whoever says next to nothing are bots."""
    assert read_agent(header).bot


def test_every_example_of_the_public_list_is_a_bot() -> None:
    """All headers that crawler-user-agents gives as examples are bots, but those of the patterns that match people."""
    examples = [
        text for entry in CRAWLER_USER_AGENTS_DATA if entry["pattern"] not in NOT_BOTS for text in entry["instances"]
    ]
    assert len(examples) > 1500
    assert [text for text in examples if not read_agent(text).bot] == []


def test_the_patterns_that_match_people_are_in_the_list() -> None:
    """An exception that the list no longer needs is noticed."""
    assert {entry["pattern"] for entry in CRAWLER_USER_AGENTS_DATA} >= NOT_BOTS


def is_of_the_lists(agent: Agent) -> bool:
    family = re.sub(r" [1-9]\d{0,2}\Z", "", agent.browser)
    return family in BROWSERS and agent.system in SYSTEMS and agent.device in DEVICES


FAMILIES = ("Chrome", "Firefox", "Version", "Edg", "OPR", "SamsungBrowser", "Vivaldi", "Instagram ", "FBAN", "Mobile")


@given(
    st.one_of(
        st.text(max_size=200),
        st.lists(
            st.sampled_from([*FAMILIES, *(header for header, *_ in PEOPLE.values()), "/", " ", "1", "99", "(", ";"])
        ).map("".join),
    )
)
@example("Mozilla/5.0 \ud800 Chrome/156.0.0.0")
@example("\x00")
@example("x" * 100_000)
def test_whatever_comes_only_list_values_come_out(header: str) -> None:
    """Never raises; any header gives family, system and device of the lists, and a version below 1000."""
    assert is_of_the_lists(read_agent(header))


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("156", "Chrome 156"),
        ("007", "Chrome 7"),
        ("0", "Chrome"),
        ("1000", "Chrome"),
        ("8507099805", "Chrome"),
        ("٣", None),
    ],
)
def test_an_implausible_version_is_left_out(version: str, name: str | None) -> None:
    """A version is one to three digits; so no header can write a number of its own into a report."""
    agent = read_agent(f"{WINDOWS} Chrome/{version}.0.0.0 Safari/537.36")
    assert is_of_the_lists(agent)
    assert agent.browser == name or (name is None and re.search(r"[^ -~]", agent.browser) is None)


def test_only_the_beginning_of_a_header_is_looked_at() -> None:
    """What stands behind the 512th character changes nothing, and is not kept in the cache."""
    header = f"{WINDOWS} Chrome/156.0.0.0 Safari/537.36".ljust(LONGEST_USER_AGENT)
    assert read_agent(header + "Googlebot/2.1") is read_agent(header)
