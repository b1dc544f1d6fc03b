"""Another tool's request through our door: objection and address first, then its dialect, then the door's own steps."""

import copy
from typing import Final

from msgspec.structs import replace

from collector.dialects.ga4 import GA4
from collector.dialects.goatcounter import GOATCOUNTER
from collector.dialects.matomo import MATOMO
from collector.dialects.plausible import PLAUSIBLE
from collector.dialects.said import Asked, Client, Dialect, Item, Refused, Told
from collector.dialects.umami import UMAMI
from collector.door.address import network_of
from collector.door.agent import OTHER, Agent
from collector.door.beacon import Beacon, Malformed
from collector.door.door import BEACON_STEPS, Door, Step
from collector.door.hit import Drop
from collector.door.reply import Accepted, Refusal
from collector.door.sender import TOKEN
from collector.door.work import Gate, Request, Work

DIALECTS: Final = (PLAUSIBLE, UMAMI, GOATCOUNTER, MATOMO, GA4)
# Clients may gather for a while before they send. What is older would be counted at the wrong time.
OLDEST: Final = 10 * 60_000  # milliseconds
# A server that has the site's token and says no User-Agent sends for a visitor whose browser nobody knows.
UNKNOWN_AGENT: Final = Agent(OTHER, OTHER, "other", bot=False)
UNSEEN_STEPS: Final = tuple(step for step in BEACON_STEPS if step not in (Door.put_agent, Door.drop_bot))
# What is asked before a part that becomes no beacon is counted by its reason: whose it is, and whether it may speak.
REFUSED_STEPS: Final[tuple[Step, ...]] = (
    Door.drop_unknown_site,
    Door.drop_unknown_sender,
    Door.drop_prefetch,
    Door.drop_foreign_origin,
    Door.drop_excluded_network,
    Door.drop_rate_limited,
)


def read(door: Door, dialect: Dialect, asked: Asked, request: Request, now: int) -> list[Told]:
    """What becomes of each beacon in the request. `now` in milliseconds UTC. Never raises, whatever was sent."""
    work = Work(request, now)
    if door.drop_objection(work):
        return [Told(Refusal(Drop.OBJECTION))]
    door.put_network(work)
    if max(len(asked.body), len(asked.query)) > dialect.longest:
        return [Told(Refusal(Drop.TOO_LARGE, network=work.network))]
    try:
        items = dialect.read(asked)
    except Malformed:
        return [Told(Refusal(Drop.MALFORMED, network=work.network))]
    return [_told(door, dialect.tool, item, copy.copy(work)) for item in items]


def _told(door: Door, tool: str, item: Item, work: Work) -> Told:
    gate = _gate(door, tool, item.sites)
    domain = gate.site.domain if gate else ""
    refused = item if isinstance(item, Refused) else None
    if refused is not None and refused.reason is Drop.OBJECTION:
        return Told(Refusal(Drop.OBJECTION))  # as the first step: neither site nor network, and nothing is counted
    if not isinstance(item, Refused) and item.at is not None and abs(item.at - work.now) > OLDEST:
        refused = Refused(item.sites, Drop.UNSUPPORTED, "what is not of now cannot be counted")
    if isinstance(item, Refused) or refused is not None:
        work.beacon = Beacon(s=domain, u="")
        steps = REFUSED_STEPS
    else:
        sent = item.beacon
        work.beacon = replace(sent, s=domain, u=_whole(sent.u, domain), r=_whole(sent.r, domain))
        steps = BEACON_STEPS if item.client is None else _vouched(door, work, item.client)
    for step in steps:
        reason = step(door, work)
        if reason is not None:
            why = f"name it with: trekvart site alias DOMAIN {tool} NAME" if reason is Drop.UNKNOWN_SITE else ""
            return Told(Refusal(reason, work.site, work.network, work.origin, work.retry_after), why)
    if refused is not None:
        return Told(Refusal(refused.reason, work.site, work.network, work.origin), refused.why)
    return Told(Accepted(work.gate.site, work.hit, work.origin, work.note))


def _vouched(door: Door, work: Work, client: Client) -> tuple[Step, ...]:
    """Take a server's word for whom it sends; the address is cut here, and is in nothing that goes on.

    Whether the token is the site's own is asked by the door, once it knows the site. Nobody else's changes a network.
    """
    sender = door.senders.site_of(((TOKEN, client.token.encode()),))
    if work.sender is None:
        work.sender = sender
    if not sender:
        return BEACON_STEPS
    if client.address:
        work.network = network_of(client.address, (), door.trusted)
    if client.agent:
        work.headers = work.headers | {b"user-agent": client.agent.encode("utf-8", "replace")}
        return BEACON_STEPS
    work.agent = UNKNOWN_AGENT
    return UNSEEN_STEPS


def _gate(door: Door, tool: str, names: tuple[str, ...]) -> Gate | None:
    """The site that one of the names means: by an alias of this tool, by its domain, or by one of its hosts."""
    for name in names:
        key = name.strip().lower()
        domain = door.aliases.get((tool, key), key)
        if gate := door.gates.get(domain) or door.hosts.get(domain):
            return gate
    return None


def _whole(address: str, domain: str) -> str:
    """Some tools send a path where their site is known: then it is the site's own."""
    return f"https://{domain}{address}" if address.startswith("/") else address
