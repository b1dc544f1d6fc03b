"""The door: a beacon's bytes come in, a hit or a refusal goes out. `STEPS` says all that happens on the way."""

from collections.abc import Callable, Mapping, Sequence

from collector.door import check
from collector.door.address import UNKNOWN, Trusted, network_of, proxies_of
from collector.door.agent import read_agent
from collector.door.beacon import LONGEST_BODY, Malformed, decode_beacon, decode_pixel, property_text
from collector.door.country import Countries
from collector.door.hit import Drop, Hit, Kind, Navigation
from collector.door.page import scrub_page, split_address
from collector.door.rate import Rate
from collector.door.referrer import read_referrer
from collector.door.reply import Accepted, Refusal
from collector.door.scrub import HIDDEN, OTHER, clean, is_personal
from collector.door.sender import Senders
from collector.door.work import Gate, Request, Work
from collector.settings import Settings
from collector.site import Site

_KINDS = {"v": Kind.VIEW.value, "t": Kind.TIME.value, "e": Kind.EVENT.value}
_NAVIGATIONS = {
    "n": Navigation.NAVIGATE.value,
    "r": Navigation.RELOAD.value,
    "b": Navigation.BACK_FORWARD.value,
    "c": Navigation.RESTORED.value,
    "i": Navigation.INSIDE.value,
    "u": Navigation.UNSAID.value,
}


class Door:
    """Reads beacons, one thread at a time.

    All it remembers of visitors, in memory and bounded, is networks (the rate limit's, and those whose country was
    looked up) and what the caches of page, referrer and agent hold; none of it says what belongs together.
    """

    def __init__(self, sites: Sequence[Site], settings: Settings, countries: Countries) -> None:
        """Raises SettingsError or SiteError where a network in them cannot be read."""
        self.trusted = Trusted.parse(settings.trusted_proxies)
        self.rate = Rate(settings.rate_limit, settings.rate_burst)
        self.countries = countries
        self.gates: dict[str, Gate] = {}
        self.hosts: dict[str, Gate] = {}  # these two for other tools' clients only (collector.dialects.reading)
        self.aliases: Mapping[tuple[str, str], str] = {}
        self.use(sites)

    def use(self, sites: Sequence[Site], aliases: Mapping[tuple[str, str], str] | None = None) -> None:
        """Take these sites from now on. The rate limit's buckets stay as full as they are.

        `aliases`: (tool, name in lower case) to domain, as other tools' clients name the sites.
        """
        self.gates = {site.domain: Gate.of(site) for site in sites}
        self.hosts = {host: gate for gate in self.gates.values() for host in gate.hosts}
        self.aliases = aliases or {}
        self.senders = Senders(sites)

    def read(self, request: Request, now: int) -> Accepted | Refusal:
        """Make a hit of a beacon, or say why not. `now` in milliseconds UTC. Never raises, whatever was sent."""
        work = Work(request, now)
        work.asks = check.asks(request.body, request.query)
        for step in STEPS:
            reason = step(self, work)
            if reason is not None:
                seen = check.told(work, reason) if work.asks and reason is not Drop.OBJECTION else ""
                return Refusal(reason, work.site, work.network, work.origin, work.retry_after, seen)
        seen = check.told(work, "counted") if work.asks else ""
        return Accepted(work.gate.site, work.hit, work.origin, work.note, seen)

    def drop_objection(self, work: Work) -> Drop | None:
        """Global Privacy Control, or its forerunner Do Not Track: the visitor objects (GDPR 21)."""
        if work.headers.get(b"sec-gpc") == b"1" or work.headers.get(b"dnt") == b"1":
            return Drop.OBJECTION
        return None

    def put_network(self, work: Work) -> None:
        """The first three groups of the address, and from here on nothing in the work has more of it.

        A server with a site's token says itself whom it sends for.
        """
        work.sender = self.senders.site_of(work.raw_headers)
        work.network = network_of(work.peer, work.raw_headers, self.trusted, vouched=bool(work.sender))
        if work.asks:
            work.proxies = proxies_of(work.peer, work.raw_headers, self.trusted)
        work.peer = None
        work.raw_headers = ()

    def drop_too_large(self, work: Work) -> Drop | None:
        """The script cuts what it sends to fit, so this is no page's beacon."""
        return Drop.TOO_LARGE if max(len(work.body), len(work.query)) > LONGEST_BODY else None

    def drop_malformed(self, work: Work) -> Drop | None:
        """The bytes must be a beacon; of a GET, the query is."""
        try:
            if work.method == "GET":
                work.beacon = decode_pixel(work.query, work.header(b"referer"))
            else:
                work.beacon = decode_beacon(work.body)
        except Malformed:
            return Drop.MALFORMED
        return None

    def drop_unknown_site(self, work: Work) -> Drop | None:
        """The beacon names its site by the domain."""
        gate = self.gates.get(work.beacon.s) or self.gates.get(work.beacon.s.strip().lower())
        if gate is None:
            return Drop.UNKNOWN_SITE
        work.gate = gate
        work.site = gate.site.id
        return None

    def drop_unknown_sender(self, work: Work) -> Drop | None:
        """A token that is not this site's, mistyped or revoked, must not count a shop's visitors as its server."""
        if work.sender is None or work.sender == work.site:
            return None
        work.network = UNKNOWN  # it may be made up, and refusals count towards the k networks of a publish
        return Drop.UNKNOWN_SENDER

    def drop_prefetch(self, work: Work) -> Drop | None:
        """A browser that fetches ahead says so, in one of four headers by its make and age; nobody has seen the page.

        Sec-Purpose says "prefetch" or "prefetch;prerender"; older are Purpose, Safari's X-Purpose and Firefox's X-Moz.
        """
        for name in (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz"):
            if (value := work.headers.get(name)) is not None and value.lower().startswith((b"pre", b"instant")):
                return Drop.PREFETCH
        return None

    def drop_foreign_origin(self, work: Work) -> Drop | None:
        """Only the site's own pages send for it. A server that sends has no Origin, and is let in.

        `Origin: null` comes from the site's page when its policy is to send no referrer, and from a sandboxed frame
        anywhere; Sec-Fetch-Site, which no page can write, tells them apart. A site can allow events from the latter: a
        shop system runs the code of its checkout in one. A pixel has no Origin either: from another
        site (the collector may have a host of its own) its Referer has to be one of the site's pages.
        """
        origin = work.headers.get(b"origin")
        if origin is None:
            if work.headers.get(b"sec-fetch-site") != b"cross-site":
                return None
            host = split_address(work.header(b"referer"))[1]
            return None if host in work.gate.hosts else Drop.FOREIGN_ORIGIN
        if origin == b"null":
            near = work.headers.get(b"sec-fetch-site") in (b"same-origin", b"same-site")
            allowed = work.gate.site.null_origin and work.beacon.k == "e"
            return None if near or allowed else Drop.FOREIGN_ORIGIN
        text = origin.decode("latin-1")
        if origin not in work.gate.origins and split_address(text)[1] not in work.gate.hosts:  # maybe with a port
            return Drop.FOREIGN_ORIGIN
        if work.headers.get(b"sec-fetch-site") != b"same-origin":  # the same origin reads the answer without CORS
            work.origin = text
        return None

    def drop_excluded_network(self, work: Work) -> Drop | None:
        """The site's own office, as a rule."""
        excluded = work.gate.excluded
        return Drop.EXCLUDED_NETWORK if excluded and work.network in excluded else None

    def drop_rate_limited(self, work: Work) -> Drop | None:
        """By network, so that many behind one carrier share a bucket; its size allows for that."""
        work.retry_after = self.rate.take(work.network, work.now)
        return Drop.RATE_LIMITED if work.retry_after else None

    def put_agent(self, work: Work) -> None:
        """The User-Agent header's classes; the header itself goes no further."""
        work.agent = read_agent(work.header(b"user-agent"))

    def drop_bot(self, work: Work) -> Drop | None:
        """A robot by its name, or by headers that no browser of a visitor's sends together.

        A sender without Sec-Fetch headers may be a server, an old browser, or behind a proxy that strips them: nothing
        follows from what it lacks.
        """
        if work.agent.bot or b"Headless" in work.headers.get(b"sec-ch-ua", b""):  # the name is changed, the hint is not
            return Drop.BOT
        mode = work.headers.get(b"sec-fetch-mode")
        if mode is None:
            return None
        # A beacon opened as a page: a crawler that follows all it finds. And each browser that sends Sec-Fetch sends
        # Accept-Language with it; libraries that dress up as one, and Chrome's old headless mode, do not.
        return Drop.BOT if mode == b"navigate" or b"accept-language" not in work.headers else None

    def put_page(self, work: Work) -> None:
        """The scrubbed page."""
        address = check.unmarked(work.beacon.u) if work.asks else work.beacon.u
        work.page = scrub_page(address, work.gate.site.page_patterns)

    def drop_foreign_page(self, work: Work) -> Drop | None:
        """The page has to be one of the site's: a copy of it elsewhere, or a forged address, is not."""
        return None if work.page.host in work.gate.hosts else Drop.FOREIGN_ORIGIN

    def put_referrer(self, work: Work) -> None:
        """Where the visit came from: source, channel, campaign, the site's own page before, a payment's return."""
        site = work.gate.site
        work.referrer = read_referrer(
            work.beacon.r,
            work.page,
            work.gate.hosts,
            site.payment_hosts,
            campaigns=site.campaigns,
            patterns=site.page_patterns,
        )

    def drop_referrer_spam(self, work: Work) -> Drop | None:
        """A host that is known to forge visits so that its name is read in statistics."""
        return Drop.REFERRER_SPAM if work.referrer.spam else None

    def put_country(self, work: Work) -> None:
        """From the network alone."""
        work.country = self.countries.of(work.network)

    def drop_undeclared_property(self, work: Work) -> None:
        """Only what the site declares is kept of an event's properties. The event counts; a note tells the sender."""
        sent = work.beacon.p
        if not sent or work.beacon.k != "e":
            return
        declared = [(name, _scrub(property_text(sent[name]))) for name in work.gate.site.properties if name in sent]
        work.properties = tuple(pair for pair in declared if pair[1])
        if len(declared) < len(sent):
            work.note = Drop.UNDECLARED_PROPERTY

    def put_hit(self, work: Work) -> None:
        """All of it together."""
        beacon, referrer, agent = work.beacon, work.referrer, work.agent
        work.hit = hit = Hit(  # by place: half a microsecond less than by name
            _KINDS[beacon.k],
            work.now,
            work.network,
            work.page.path,
            referrer.inside,
            referrer.source,
            referrer.channel,
            referrer.campaign,
            referrer.payment,
            _NAVIGATIONS[beacon.n],
            agent.browser,
            agent.system,
            agent.device,
            work.country,
        )
        if beacon.k == "t":
            hit.engaged, hit.scroll = beacon.engaged, beacon.scroll
        elif beacon.k == "e":
            hit.event, hit.properties = _scrub(beacon.e) or OTHER, work.properties


def _scrub(text: str) -> str:
    """An event's name or a property's value as it may be kept: "*" when it may point at a person."""
    text = clean(" ".join(text.split()))
    return HIDDEN if is_personal(text) else text


Step = Callable[[Door, Work], Drop | None]

# The objection is first, so that nothing, not even a count or a token, is different afterwards. Then the network, with
# which whatever is refused is counted; then what is cheap; and what needs the agent, the page and the referrer last.
STEPS: tuple[Step, ...] = (
    Door.drop_objection,
    Door.put_network,
    Door.drop_too_large,
    Door.drop_malformed,
    Door.drop_unknown_site,
    Door.drop_unknown_sender,
    Door.drop_prefetch,
    Door.drop_foreign_origin,
    Door.drop_excluded_network,
    Door.drop_rate_limited,
    Door.put_agent,
    Door.drop_bot,
    Door.put_page,
    Door.drop_foreign_page,
    Door.put_referrer,
    Door.drop_referrer_spam,
    Door.put_country,
    Door.drop_undeclared_property,
    Door.put_hit,
)

# What every beacon goes through once it is one, whoever's words it came in.
BEACON_STEPS = STEPS[STEPS.index(Door.drop_unknown_site) :]
