"""One's own account: password, second factor, sessions, and tokens for the API."""

from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.errors import AccountError
from dashboard.accounts import Refused
from dashboard.audit import Act
from dashboard.audit_screen import moment, zone_of
from dashboard.frame import Ask, Screen
from dashboard.guard import put_token, token_of
from dashboard.login import STATUS
from dashboard.passwords import LONGEST, SHORTEST
from dashboard.roles import Account, Role
from dashboard.second_factor import picture
from dashboard.tokens import Scope

LIVES: Final = (30, 90, 365)  # days that a token may be given


def show(ask: Ask) -> Response:
    """GET /account."""
    return _page(ask)


def change_password(ask: Ask) -> Response:
    """POST /account/password: all sessions end, and this browser gets a new one."""
    account = whose(ask)
    if refused := _asked_again(ask):
        return refused
    try:
        ask.deps.accounts.set_password(account.name, ask.form.get("new", "")[: LONGEST + 1])
    except AccountError as error:
        return _page(ask, error.problem, 400)
    ask.note(Act.PASSWORD_CHANGED, account.name)
    return _alone(ask, ask.redirect(ask.link("account", {"done": "password"})))


def begin_factor(ask: Ask) -> Response:
    """POST /account/second-factor: makes a secret, and leads to where it is shown."""
    if refused := _asked_again(ask):
        return refused
    try:
        ask.deps.accounts.second_factor.begin(whose(ask))
    except AccountError as error:
        return _page(ask, error.problem, 400)
    return ask.redirect(ask.link("second_factor"))


def show_factor(ask: Ask) -> Response:
    """GET /account/second-factor: the secret as a picture and as letters, until the first code."""
    return _factor_page(ask)


def confirm_factor(ask: Ask) -> Response:
    """POST /account/second-factor/confirm: with the right code it is on; the recovery codes are shown this once."""
    account = whose(ask)
    if not ask.deps.accounts.second_factor.begun(account.id):
        return ask.redirect(ask.link("account"))
    codes = ask.deps.accounts.second_factor.confirm(account.id, ask.form.get("code", "")[:100], ask.now)
    if codes is None:
        return _factor_page(ask, "code")
    ask.note(Act.SECOND_FACTOR_ON, account.name)
    return _alone(ask, ask.render("recovery.html", tab="account", codes=codes))


def remove_factor(ask: Ask) -> Response:
    """POST /account/second-factor/remove: with everything that a login asks for."""
    account = whose(ask)
    if refused := _asked_again(ask):
        return refused
    code, network = ask.form.get("code", "")[:100], ask.deps.network(ask.request)
    if wrong := ask.deps.accounts.confirm_code(account, code, network, ask.now):
        return _refusing(ask, wrong)
    ask.deps.accounts.second_factor.remove(account.id)
    ask.note(Act.SECOND_FACTOR_OFF, account.name)
    return _alone(ask, ask.redirect(ask.link("account", {"done": "factor"})))


def end_session(ask: Ask) -> Response:
    """POST /account/sessions/end: one of one's own, by its listed name."""
    ask.deps.accounts.end_session(whose(ask), ask.form.get("id", ""))
    return ask.redirect(ask.link("account", {"done": "session"}) + "#sessions")


def add_token(ask: Ask) -> Response:
    """POST /account/tokens: makes a token, and shows it this once."""
    account, days = whose(ask), ask.form.get("days", "")
    site = next((site for site in ask.sites if site.domain == ask.form.get("site")), None)
    scope = next((scope for scope in Scope if scope == ask.form.get("scope")), Scope.STATS)
    if site is None or days not in map(str, LIVES):
        return _page(ask, "other", 400)
    try:
        token = ask.deps.accounts.tokens.add(
            account, site.id, ask.form.get("name", ""), scope, now=ask.now, days=int(days)
        )
    except AccountError as error:
        return _page(ask, error.problem, 400)
    ask.note(Act.TOKEN_ADDED, f"{site.domain} {scope}")
    return _page(ask, made=token)


def end_token(ask: Ask) -> Response:
    """POST /account/tokens/end: one's own; an administrator of the server ends anybody's."""
    account, asked = whose(ask), ask.form.get("id", "")
    found = next((token for token in ask.deps.accounts.tokens.all() if str(token.id) == asked), None)
    if found is None or (found.account != account.name and not account.administrator):
        return ask.redirect(ask.link("account") + "#tokens")
    ask.deps.accounts.tokens.revoke(found.id)
    ask.note(Act.TOKEN_REVOKED, f"{found.site} {found.scope} ({found.account})")
    back = ask.link("account") if found.account == account.name else ask.link("staff_account", name=found.account)
    return ask.redirect(back + "#tokens")


def whose(ask: Ask) -> Account:
    """The account that asks. 403: nobody."""
    if ask.account is None:
        raise HTTPException(403)
    return ask.account


def token_rows(ask: Ask, name: str) -> list[dict[str, Any]]:
    """The tokens of an account as they are listed."""
    zone = zone_of(ask)
    return [
        {
            "id": token.id,
            "name": token.name,
            "site": token.site,
            "scope": ask.words(f"scope.{token.scope}"),
            "expires": moment(ask, token.expires, zone),
            "over": token.expires <= ask.now,
            "used": ask.words.day(token.used) if token.used else ask.words("account.never"),
        }
        for token in ask.deps.accounts.tokens.all()
        if token.account == name
    ]


def _asked_again(ask: Ask) -> Response | None:
    """Asks for the present password before what is delicate: a browser left open is not enough."""
    password = ask.form.get("password", "")[: LONGEST + 1]
    refused = ask.deps.accounts.confirm(whose(ask), password, ask.deps.network(ask.request), ask.now)
    return None if refused is None else _refusing(ask, refused)


def _refusing(ask: Ask, refused: Refused) -> Response:
    status = STATUS[refused.reason]
    if status == 401:  # would say that nobody is signed in
        status = 400
    return _page(ask, refused.reason, status, refused=refused)


def _alone(ask: Ask, response: Response) -> Response:
    """After another password or factor: all sessions end, also a thief's, and this browser gets a new one."""
    account = whose(ask)
    ask.deps.accounts.end_sessions(account)
    put_token(response, ask.deps.accounts.begin_session(account, ask.now).token, ask.request, ask.deps.settings)
    return response


def _factor_page(ask: Ask, problem: str = "") -> Response:
    account = whose(ask)
    secret = ask.deps.accounts.second_factor.begun(account.id)
    if not secret:
        return ask.redirect(ask.link("account"))
    letters = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    shown = picture(account, secret)
    return ask.render("factor.html", 400 if problem else 200, tab="account", qr=shown, secret=letters, problem=problem)


def _page(
    ask: Ask, problem: str = "", status: int = 200, *, made: str = "", refused: Refused | None = None
) -> Response:
    account, accounts, zone = whose(ask), ask.deps.accounts, zone_of(ask)
    here = accounts.session_id(token_of(ask.request, ask.deps.settings))
    sessions = [
        {
            "id": one.id,
            "begun": moment(ask, one.begun, zone),
            "seen": moment(ask, one.seen, zone),
            "here": one.id == here,
        }
        for one in accounts.sessions(account, ask.now)
    ]
    done = ask.query.get("done", "")
    response = ask.render(
        "account.html",
        status,
        tab="account",
        account=account,
        problem=problem,
        done=done if done in DONE else "",
        made=made,
        shortest=SHORTEST,
        factor=accounts.second_factor.on(account.id),
        left=accounts.second_factor.left(account.id),
        sessions=sessions,
        tokens=token_rows(ask, account.name),
        token_sites=[site.domain for site in ask.sites if account.may(Role.ANALYST, site.id)],
        scopes=list(Scope),
        lives=LIVES,
    )
    if refused and refused.retry_after:
        response.headers["Retry-After"] = str(refused.retry_after)
    return response


DONE: Final = ("password", "factor", "session")
SCREENS: Final = (
    Screen("/account", "account", show, needs=Role.VIEWER),
    Screen("/account/password", "own_password", change_password, method="POST", needs=Role.VIEWER),
    Screen("/account/second-factor", "second_factor", show_factor, needs=Role.VIEWER),
    Screen("/account/second-factor", "begin_factor", begin_factor, method="POST", needs=Role.VIEWER),
    Screen("/account/second-factor/confirm", "confirm_factor", confirm_factor, method="POST", needs=Role.VIEWER),
    Screen("/account/second-factor/remove", "remove_factor", remove_factor, method="POST", needs=Role.VIEWER),
    Screen("/account/sessions/end", "end_session", end_session, method="POST", needs=Role.VIEWER),
    Screen("/account/tokens", "add_token", add_token, method="POST", needs=Role.ANALYST),
    Screen("/account/tokens/end", "end_token", end_token, method="POST", needs=Role.VIEWER),
)
