"""What to paste where, so that a site is counted: the script's tag, and how the usual shop systems take it.

Each text is one kind's whole instruction, comments included, in that kind's own language.
"""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from collector.errors import SiteError
from collector.script import OPTOUT_KEY, script

# What a file to be fetched ends with, for data-files: a CSS selector.
_FILES: Final = "[download],[href$='.pdf' i],[href$='.zip' i],[href$='.csv' i],[href$='.docx' i],[href$='.xlsx' i]"
# Everything that can be asked of the script by its tag, but for what few sites want (hash routing, opting out).
_ALL: Final = f'data-links="Outbound link" data-forms="Form" data-404="404" data-files="{_FILES}"'
_STUB: Final = "window.trekvart = window.trekvart || function () { (trekvart.q = trekvart.q || []).push(arguments) }"
_PATH: Final = "/stats"  # where the site's own host passes beacons on


def snippet(site_domain: str, base_url: str, kind: str = "html", *, optout: bool = False) -> str:
    """The text for one kind, ready to paste, with a newline at its end.

    `optout`: visitors can opt out by a button, so the tag says where its mark is. `base_url` is where the site's pages
    reach the server, without a slash at its end: "https://stats.shop.example" or
    "https://shop.example/stats". Raises SiteError for an unknown kind.
    """
    if kind not in _TEXTS:
        raise SiteError(f"There is no snippet for {kind!r}; there is one for {', '.join(KINDS)}.")
    text = _TEXTS[kind](site_domain, base_url.rstrip("/")).strip() + "\n"
    return _with_optout(text, site_domain) if optout else text


def tag(site_domain: str, base_url: str, *, pinned: bool = False, optout: bool = False) -> str:
    """The script's tag, nothing else. Pinned, it names one version and its hash, and a browser runs no other."""
    now = script()
    name, hashed = (now.name, f' integrity="{now.integrity}" crossorigin') if pinned else ("t.js", "")
    text = f'<script defer src="{base_url}/{name}"{hashed} data-site="{site_domain}"></script>'
    return _with_optout(text, site_domain) if optout else text


def pixel(site_domain: str, base_url: str) -> str:
    """A page view where no script runs."""
    image = f'<img src="{base_url}/t.gif?s={site_domain}" alt="" referrerpolicy="no-referrer-when-downgrade">'
    return f"<noscript>{image}</noscript>"


def _with_optout(text: str, site: str) -> str:
    """The text, its tags told to read the key of the opt-out."""
    text = text.replace(f' data-site="{site}"', f' data-site="{site}" data-optout="{OPTOUT_KEY}"')
    setting = f"tag.setAttribute('data-site', '{site}');\n"  # the tag manager's
    return text.replace(setting, f"{setting}  tag.setAttribute('data-optout', '{OPTOUT_KEY}');\n")


def _html(site: str, base: str) -> str:
    return f"""
<!-- In the <head> of every page: -->
{tag(site, base)}

<!-- Or with outbound links, downloads, forms and missing pages as events: -->
{_full_tag(site, base)}

<!-- Or one version only, which the browser checks; to be pasted anew after each upgrade of the server: -->
{tag(site, base, pinned=True)}

<!-- For visitors without JavaScript, in the <body>: -->
{pixel(site, base)}

<!-- A Content-Security-Policy has to allow {_origin(base)} in script-src, connect-src and (for the image) img-src. -->
"""


def _shopify(site: str, base: str) -> str:
    return f"""
{{%- comment -%}} 1. Online Store > Themes > Edit code > layout/theme.liquid, before </head>: {{%- endcomment -%}}
{_full_tag(site, base)}

// 2. For purchases (the checkout runs no theme code): Settings > Customer events > Add custom pixel; permission
//    "not required", since nothing is stored or read; then Save, then Connect. The pixel runs in a sandbox, whose
//    pages have no origin; allow their events with: trekvart site change {site} --null-origin
analytics.subscribe('checkout_completed', (event) => {{
  const page = event.context.document.location.origin + '/checkout';
  fetch('{base}/t', {{
    method: 'POST',
    body: JSON.stringify({{ s: '{site}', k: 'e', e: 'Purchase', u: page }}),
    mode: 'no-cors',
    keepalive: true,
  }});
}});
"""


def _wordpress(site: str, base: str) -> str:
    return f"""
// At the end of the (child) theme's functions.php, or in a snippets plugin:
add_action('wp_head', function () {{ ?>
{_full_tag(site, base)}
<?php }});
"""


def _gtm(site: str, base: str) -> str:
    return f"""
<!-- Tags > New > Custom HTML, trigger All Pages. The tag manager drops data- attributes; so the tag is made here. -->
<script>
(function () {{
  var tag = document.createElement('script');
  tag.src = '{base}/t.js';
  tag.setAttribute('data-site', '{site}');
  tag.setAttribute('data-links', 'Outbound link');
  document.head.appendChild(tag);
}})();
</script>
"""


def _next(site: str, base: str) -> str:
    return f"""
// app/layout.tsx
import Script from 'next/script';

export default function RootLayout({{ children }}: {{ children: React.ReactNode }}) {{
  return (
    <html lang="en">
      <body>
        {{children}}
        <Script src="{base}/t.js" data-site="{site}" strategy="afterInteractive" />
      </body>
    </html>
  );
}}

// An event, in any client component; it works before the script is there too:
// {_STUB};
// window.trekvart('Purchase', {{ plan: 'year' }});
"""


def _vite(site: str, base: str) -> str:
    return f"""
<!-- index.html, in the <head>. The router's pages are counted as they change; nothing is needed in the code. -->
{tag(site, base)}

<!-- A router with # in its addresses: add data-hash="on" to the tag.
     An event, anywhere in the code; it works before the script is there too:
     {_STUB};
     window.trekvart('Purchase', {{ plan: 'year' }}); -->
"""


def _sveltekit(site: str, base: str) -> str:
    return _vite(site, base).replace("<!-- index.html,", "<!-- src/app.html,", 1)


def _optout(site: str, base: str) -> str:
    return f"""
<!-- On the page of {site} where visitors can opt out (trekvart site change {site} --optout-page /THAT-PAGE).
     The tag on the site's pages needs data-optout="{OPTOUT_KEY}" too. -->
<div data-trekvart-optout></div>
<script defer src="{base}/optout.js"></script>
"""


def _nginx(site: str, base: str) -> str:
    return f"""
# In the server block of {site}. Only script, beacon and pixel pass; the dashboard does not.
# Beacons are not logged, for they carry a full address. On the Trekvart server: trusted_proxies names this machine.
location ~ ^{_PATH}/(t|t\\.gif|t\\.js|t\\.[0-9a-f]+\\.js|optout\\.js)$ {{
    rewrite ^{_PATH}/(.*)$ {urlsplit(base).path}/$1 break;
    proxy_pass {_origin(base)};
    proxy_http_version 1.1;
    proxy_ssl_server_name on;
    proxy_set_header Host {urlsplit(base).netloc};
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header Cookie "";
    access_log off;
}}
# And in the pages:
# {tag(site, _PATH)}
"""


def _caddy(site: str, base: str) -> str:
    return f"""
# In the site block of {site}. Only script, beacon and pixel pass; the dashboard does not.
# On the Trekvart server: trusted_proxies names this machine.
@trekvart path_regexp ^{_PATH}/(t|t\\.gif|t\\.js|t\\.[0-9a-f]+\\.js|optout\\.js)$
handle @trekvart {{
    uri strip_prefix {_PATH}
    rewrite * {urlsplit(base).path}{{uri}}
    reverse_proxy {_origin(base)} {{
        header_up Host {urlsplit(base).netloc}
        header_up -Cookie
    }}
}}
# And in the pages:
# {tag(site, _PATH)}
"""


def _cloudflare(site: str, base: str) -> str:
    return f"""
// A Worker with the route {site}{_PATH}/*. On the Trekvart server: trusted_proxies names Cloudflare's networks.
export default {{
  async fetch(request) {{
    const asked = new URL(request.url);
    const [, name] = /^\\{_PATH}\\/(t|t\\.gif|t\\.js|t\\.[0-9a-f]+\\.js|optout\\.js)$/.exec(asked.pathname) || [];
    if (!name) return new Response(null, {{ status: 404 }});
    const passed = new Request('{base}/' + name + asked.search, request);
    passed.headers.delete('Cookie');
    passed.headers.set('X-Forwarded-For', request.headers.get('CF-Connecting-IP'));
    return fetch(passed);
  }},
}};
// And in the pages:
// {tag(site, _PATH)}
"""


def _full_tag(site: str, base: str) -> str:
    return f'<script defer src="{base}/t.js" data-site="{site}" {_ALL}></script>'


def _origin(base: str) -> str:
    """Scheme and host: what a policy allows and a proxy connects to. A path is the page's own host: 'self'."""
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "'self'"


_TEXTS: Final[dict[str, Callable[[str, str], str]]] = {
    "html": _html,
    "shopify": _shopify,
    "wordpress": _wordpress,
    "gtm": _gtm,
    "next": _next,
    "react": _vite,
    "vue": _vite,
    "sveltekit": _sveltekit,
    "opt-out": _optout,
    "nginx": _nginx,
    "caddy": _caddy,
    "cloudflare": _cloudflare,
}
KINDS: Final = tuple(_TEXTS)
