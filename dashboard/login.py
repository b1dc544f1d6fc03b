"""In and out: the only screens that deal with passwords."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from dashboard.accounts import LONGEST, Refused
from dashboard.frame import Ask
from dashboard.guard import own_path, put_token, token_of

STATUS: Final[Mapping[str, int]] = {"wrong": 401, "throttled": 429, "busy": 503}


def show_login(ask: Ask) -> Response:
    """GET /login."""
    return _form(ask)


def log_in(ask: Ask) -> Response:
    """POST /login: on to the page that was asked for, or back to the form, which tells no names apart."""
    name, password = ask.form.get("name", ""), ask.form.get("password", "")[: LONGEST + 1]
    outcome = ask.deps.accounts.login(name, password, ask.deps.network(ask.request), ask.now)
    if isinstance(outcome, Refused):
        return _form(ask, outcome, name)
    if before := token_of(ask.request, ask.deps.settings):
        ask.deps.accounts.logout(before)  # one browser, one session
    response = ask.redirect(own_path(ask.query.get("next", ""), ask.base) or ask.link("home"))
    put_token(response, outcome.token, ask.request, ask.deps.settings)
    return response


def log_out(ask: Ask) -> Response:
    """POST /logout: the session ends here, not only in the browser."""
    ask.deps.accounts.logout(token_of(ask.request, ask.deps.settings))
    response = ask.redirect(ask.link("login"))
    put_token(response, "", ask.request, ask.deps.settings)
    return response


def _form(ask: Ask, refused: Refused | None = None, name: str = "") -> Response:
    following = {"next": ask.query["next"]} if ask.query.get("next") else {}
    problem = refused.reason if refused else ""
    action = ask.link("login", following)
    response = ask.render("login.html", STATUS.get(problem, 200), problem=problem, name=name[:64], action=action)
    if refused and refused.retry_after:
        response.headers["Retry-After"] = str(refused.retry_after)
    return response
