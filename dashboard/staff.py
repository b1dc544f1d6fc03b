"""The accounts of all staff, for administrators of the server: list, invite, roles at sites, remove."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.errors import AccountError
from dashboard import login, own_account
from dashboard.audit import Act
from dashboard.audit_screen import moment, zone_of
from dashboard.frame import Ask, Screen
from dashboard.own_account import token_rows
from dashboard.roles import Account, Role


def show_all(ask: Ask) -> Response:
    """GET /accounts."""
    return _list(ask)


def invite(ask: Ask) -> Response:
    """POST /accounts: makes an account and shows, this once, the link where its owner chooses a password."""
    name = ask.form.get("name", "")
    try:
        administrator, sites = _asked(ask)
        account, token = ask.deps.accounts.invite(name, ask.now, administrator=administrator, sites=sites)
    except AccountError as error:
        return _list(ask, error.problem, name)
    ask.note(Act.ACCOUNT_ADDED, _described(ask, account))
    return _one(ask, account, link=token)


def show_one(ask: Ask) -> Response:
    """GET /accounts/{name}."""
    return _one(ask, _named(ask))


def set_access(ask: Ask) -> Response:
    """POST /accounts/{name}/access: other roles; the account's sessions end, one's own too."""
    administrator, sites = _asked(ask)
    try:
        changed = ask.deps.accounts.set_access(_named(ask).name, administrator=administrator, sites=sites)
    except AccountError as error:
        return _one(ask, _named(ask), error.problem)
    ask.note(Act.ROLE_CHANGED, _described(ask, changed))
    return _back(ask, "access")


def renew_link(ask: Ask) -> Response:
    """POST /accounts/{name}/link: another link to choose a password, for who has lost the password or the link."""
    account = _named(ask)
    token = ask.deps.accounts.link(account.name, ask.now)
    ask.note(Act.LINK_MADE, account.name)
    return _one(ask, account, link=token)


def end_sessions(ask: Ask) -> Response:
    """POST /accounts/{name}/sessions/end."""
    account = _named(ask)
    ask.deps.accounts.end_sessions(account)
    ask.note(Act.SESSIONS_ENDED, account.name)
    return _back(ask, "sessions")


def remove_factor(ask: Ask) -> Response:
    """POST /accounts/{name}/second-factor/remove: for who has lost phone and recovery codes."""
    account = _named(ask)
    ask.deps.accounts.second_factor.remove(account.id)
    ask.deps.accounts.end_sessions(account)
    ask.note(Act.SECOND_FACTOR_OFF, account.name)
    return _back(ask, "factor")


def remove(ask: Ask) -> Response:
    """POST /accounts/{name}/remove."""
    account = _named(ask)
    try:
        ask.deps.accounts.remove(account.name)
    except AccountError as error:
        return _one(ask, account, error.problem)
    ask.note(Act.ACCOUNT_REMOVED, account.name)
    return ask.redirect(ask.link("staff"))


def _named(ask: Ask) -> Account:
    try:
        return ask.deps.accounts.account(ask.request.path_params["name"])
    except AccountError:
        raise HTTPException(404) from None


def _back(ask: Ask, done: str) -> Response:
    return ask.redirect(ask.link("staff_account", {"done": done}, name=_named(ask).name))


def _asked(ask: Ask) -> tuple[bool, Mapping[int, Role]]:
    """The roles that a form gives: whether of the server, and by site. A word that is no role is none."""
    roles = set(Role)
    chosen = {site.id: ask.form.get(f"site-{site.id}", "") for site in ask.sites}
    sites = {site: Role(role) for site, role in chosen.items() if role in roles}
    return ask.form.get("administrator") == "yes", sites


def _described(ask: Ask, account: Account) -> str:
    """An account and its roles in one line, for the log."""
    if account.administrator:
        return f"{account.name}: {Role.ADMINISTRATOR}"
    domains = {site.id: site.domain for site in ask.deps.control.sites()}
    return f"{account.name}: " + (", ".join(f"{domains[at]} {role}" for at, role in account.sites.items()) or "-")


def _list(ask: Ask, problem: str = "", name: str = "") -> Response:
    accounts, zone = ask.deps.accounts, zone_of(ask)
    factors, waiting = accounts.second_factor.accounts(), accounts.waiting(ask.now)
    rows = [
        {
            "name": one.name,
            "url": ask.link("staff_account", name=one.name),
            "role": _summary(ask, one),
            "login": moment(ask, one.last_login, zone) if one.last_login else ask.words("account.never"),
            "factor": one.id in factors,
            "invited": one.id in waiting,
        }
        for one in accounts.all()
    ]
    status = 400 if problem else 200
    return ask.render(
        "accounts.html", status, tab="staff", rows=rows, problem=problem, name=name[:64], roles=list(Role)
    )


def _summary(ask: Ask, account: Account) -> str:
    if account.administrator:
        return ask.words("role.server")
    return ask.words("role.sites", n=len(account.sites))


def _one(ask: Ask, account: Account, problem: str = "", *, link: str = "") -> Response:
    accounts, zone, done = ask.deps.accounts, zone_of(ask), ask.query.get("done", "")
    shown: dict[str, Any] = {
        "factor": accounts.second_factor.on(account.id),
        "invited": account.id in accounts.waiting(ask.now),
        "sessions": len(accounts.sessions(account, ask.now)),
        "login": moment(ask, account.last_login, zone) if account.last_login else ask.words("account.never"),
        "tokens": token_rows(ask, account.name),
        "link": ask.public(f"/welcome/{link}") if link else "",
        "done": done if done in DONE else "",
        "roles": list(Role),
    }
    return ask.render(
        "staff_account.html", 400 if problem else 200, tab="staff", account=account, problem=problem, **shown
    )


DONE: Final = ("access", "sessions", "factor")
SCREENS: Final = (
    Screen("/accounts", "staff", show_all),
    Screen("/accounts", "invite", invite, method="POST"),
    Screen("/accounts/{name}", "staff_account", show_one),
    Screen("/accounts/{name}/access", "set_access", set_access, method="POST"),
    Screen("/accounts/{name}/link", "renew_link", renew_link, method="POST"),
    Screen("/accounts/{name}/sessions/end", "end_staff_sessions", end_sessions, method="POST"),
    Screen("/accounts/{name}/second-factor/remove", "remove_staff_factor", remove_factor, method="POST"),
    Screen("/accounts/{name}/remove", "remove_account", remove, method="POST"),
)
# All screens about accounts.
ACCOUNTS: Final = (*login.SCREENS, *own_account.SCREENS, *SCREENS)
