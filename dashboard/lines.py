"""Goals and annotations: lines that staff add to a site and take back, on a screen that all of the site may read."""

from typing import Any, NamedTuple

from starlette.responses import Response

from dashboard.audit import Act
from dashboard.frame import Ask, Endpoint, Screen
from dashboard.roles import Role
from dashboard.site_frame import number_of, surroundings


class Lines(NamedTuple):
    """One kind of them. Its screen and template are `one`s, the statement that takes it back is drop_`one`."""

    one: str
    needs: Role  # whoever adds and takes back
    removed: Act

    def screens(self, show: Endpoint, add: Endpoint) -> tuple[Screen, ...]:
        """The screen, and the two ways to change it."""
        path = f"/site/{{domain}}/{self.one}s"
        return (
            Screen(path, f"{self.one}s", show, needs=Role.VIEWER),
            Screen(path, f"add_{self.one}", add, method="POST", needs=self.needs),
            Screen(f"{path}/remove", f"drop_{self.one}", self.remove, method="POST", needs=self.needs),
        )

    def render(self, ask: Ask, problem: str | None, **context: Any) -> Response:
        """The screen: the lines, and the form for whoever may add."""
        context = {"back": ask.link("overview", domain=ask.site.domain), **surroundings(ask, ask.site), **context}
        may = ask.may(self.needs, ask.site)
        return ask.render(f"{self.one}s.html", 400 if problem else 200, problem=problem, may=may, **context)

    def remove(self, ask: Ask) -> Response:
        """POST /site/{domain}/goals/remove, .../annotations/remove: takes one back; groups stay."""
        with ask.deps.control.writing():
            if ask.deps.control.write(f"drop_{self.one}", site=ask.site.id, id=number_of(ask.form.get("id", ""))):
                ask.note(self.removed, ask.site.domain)
        return ask.redirect(ask.link(f"{self.one}s", domain=ask.site.domain))
