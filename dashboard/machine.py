"""Who a program is that asks below /api/: a token in `Authorization: Bearer`, or a browser's own session.

Told only in JSON, and never more often than the rate: so many requests a minute for one token or one account, and so
many wrong tokens a minute from one network.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from collector.settings import Settings
from dashboard.accounts import Accounts
from dashboard.guard import is_own_form, token_of
from dashboard.roles import Account
from dashboard.tokens import LIMIT

BODY_BYTES: Final = 16_384  # the longest question of ours is some hundred bytes
SAYS: Final[Mapping[int, str]] = {
    400: "The request cannot be read.",
    403: "This account's role, or this token's scope, does not allow that.",
    404: "There is no such site, or not for this account.",
    413: f"A question is at most {BODY_BYTES} bytes.",
}


def identify(accounts: Accounts, settings: Settings, request: Request, network: int, now: int) -> Account | Response:
    """Whom the request speaks for, or the refusal."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if bearer and scheme.lower() == "bearer":
        account = accounts.tokens.account(bearer.strip(), now)
        if account is None:
            if wait := accounts.tokens.wrong.take(network, now):
                return _later(wait)
            accounts.note_wrong_token(now)
            return _who("The token is unknown, has expired or was revoked.")
        key = int.from_bytes(sha256(bearer.strip().encode("utf-8", "replace")).digest()[:8])
    else:
        token = token_of(request, settings)
        session = accounts.session(token, now) if token else None
        if session is None:
            return _who("Send a token as Authorization: Bearer, or sign in first; see docs/api.md.")
        if request.method == "POST" and not is_own_form(request.headers, settings.public_url):
            return refusal("A session's cookie only asks from our own pages; send a token.", 403)
        if accounts.must_enrol(session, settings.require_second_factor):
            return refusal("Set up a second factor first, under My account: this server requires it.", 403)
        account, key = session, -session.id
    wait = accounts.tokens.rate.take(key, now)
    return _later(wait) if wait else account


def refusal(why: str, status: int) -> Response:
    """What a machine is told: one sentence."""
    return JSONResponse({"error": why}, status)


def _who(why: str) -> Response:
    return JSONResponse({"error": why}, 401, {"WWW-Authenticate": 'Bearer realm="Trekvart"'})


def _later(seconds: int) -> Response:
    why = f"Too many requests: at most {LIMIT} a minute. Wait {seconds} s."
    return JSONResponse({"error": why}, 429, {"Retry-After": str(seconds)})
