"""What a connection too many is told."""

import socket
from http.client import HTTPResponse

from dashboard.connections import BUSY


def test_a_connection_too_many_is_told_what_to_do_in_both_languages() -> None:
    """A whole answer, as a client reads it: 503, when to come again, and a page of two sentences."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(BUSY)
        ours.close()
        answer = HTTPResponse(theirs)
        answer.begin()
        page = answer.read().decode()
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "Servern är upptagen. Vänta en minut" in page
        assert page.rstrip().endswith("load the page again.</p>")
        assert len(page.encode()) == int(answer.headers["content-length"])
