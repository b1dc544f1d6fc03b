"""Signing in and out: the password, the code of a second factor, and the link where a password is chosen."""

from collections.abc import Mapping
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.errors import AccountError
from dashboard.accounts import Half, Refused
from dashboard.frame import Ask, Screen
from dashboard.guard import own_path, put_token, token_of
from dashboard.passwords import LONGEST, SHORTEST
from dashboard.roles import Role

STATUS: Final[Mapping[str, int]] = {"wrong": 401, "throttled": 429, "busy": 503, "code": 401, "late": 401}


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
    if isinstance(outcome, Half):
        response = ask.redirect(ask.link("login_code", _following(ask)))
    else:
        response = ask.redirect(_onward(ask))
    put_token(response, outcome.token, ask.request, ask.deps.settings)
    return response


def show_code(ask: Ask) -> Response:
    """GET /login/code: the second half of a login."""
    return _code_form(ask)


def log_in_code(ask: Ask) -> Response:
    """POST /login/code: a code of the app or a recovery code; then the session has a token of its own."""
    token = token_of(ask.request, ask.deps.settings)
    code = ask.form.get("code", "")[:100]
    outcome = ask.deps.accounts.login_code(token, code, ask.deps.network(ask.request), ask.now)
    if isinstance(outcome, Refused):
        return _code_form(ask, outcome) if outcome.reason != "late" else _form(ask, outcome)
    response = ask.redirect(_onward(ask))
    put_token(response, outcome.token, ask.request, ask.deps.settings)
    return response


def log_out(ask: Ask) -> Response:
    """POST /logout: the session ends here, not only in the browser."""
    ask.deps.accounts.logout(token_of(ask.request, ask.deps.settings))
    response = ask.redirect(ask.link("login"))
    put_token(response, "", ask.request, ask.deps.settings)
    # Pages that the browser keeps to step back to go too. Not "storage": under a base path that is the shop's own.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def show_welcome(ask: Ask) -> Response:
    """GET /welcome/{token}: who was invited chooses a password."""
    return _welcome(ask)


def welcome(ask: Ask) -> Response:
    """POST /welcome/{token}: the password is set, the link is used up, and the login is next."""
    try:
        account = ask.deps.accounts.accept(_invitation(ask), ask.form.get("password", "")[: LONGEST + 1], ask.now)
    except AccountError as error:
        return _welcome(ask, error.problem)
    if account is None:
        raise HTTPException(404)
    return ask.redirect(ask.link("login"))


def _invitation(ask: Ask) -> str:
    return str(ask.request.path_params["token"])


def _welcome(ask: Ask, problem: str = "") -> Response:
    account = ask.deps.accounts.invited(_invitation(ask), ask.now)
    if account is None:
        raise HTTPException(404)
    action = ask.link("welcome", token=_invitation(ask))
    status = 400 if problem else 200
    return ask.render("welcome.html", status, account=account, problem=problem, action=action, shortest=SHORTEST)


def _following(ask: Ask) -> dict[str, str]:
    return {"next": ask.query["next"]} if ask.query.get("next") else {}


def _onward(ask: Ask) -> str:
    return own_path(ask.query.get("next", ""), ask.base) or ask.link("home")


def _form(ask: Ask, refused: Refused | None = None, name: str = "") -> Response:
    return _refusing(ask, "login.html", refused, name=name[:64], action=ask.link("login", _following(ask)))


def _code_form(ask: Ask, refused: Refused | None = None) -> Response:
    return _refusing(ask, "login_code.html", refused, action=ask.link("login_code", _following(ask)))


def _refusing(ask: Ask, template: str, refused: Refused | None, **context: str) -> Response:
    problem = refused.reason if refused else ""
    response = ask.render(template, STATUS.get(problem, 200), problem=problem, **context)
    if refused and refused.retry_after:
        response.headers["Retry-After"] = str(refused.retry_after)
    return response


SCREENS: Final = (
    Screen("/login", "login", show_login, open=True),
    Screen("/login", "log_in", log_in, method="POST", open=True),
    Screen("/login/code", "login_code", show_code, open=True),
    Screen("/login/code", "log_in_code", log_in_code, method="POST", open=True),
    Screen("/logout", "logout", log_out, method="POST", needs=Role.VIEWER),
    Screen("/welcome/{token}", "welcome", show_welcome, open=True),
    Screen("/welcome/{token}", "accept", welcome, method="POST", open=True),
)
