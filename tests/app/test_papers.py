"""The notice and its sisters, on the screens and on the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.settings import Settings
from dashboard import cli
from dashboard.notice import Kind
from tests.staff import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World.build(tmp_path, settings=Settings(controller="Garnboden AB <b>"))
    made.site("shop.example")
    yield made
    made.close()


def test_the_notice_is_open_to_all(world: World) -> None:
    """Anybody can read it, in both languages; it sets no cookie and calls nobody else. Of no site there is none."""
    stranger = world.stranger()
    for path in ("/privacy", "/privacy/shop.example"):
        for language, words in (("sv", "Så räknas besök på"), ("en", "How visits to")):
            answer = stranger.get(path, headers={"Accept-Language": language})
            assert answer.status_code == 200
            assert words in answer.text
            assert "shop.example" in answer.text
            assert "Garnboden AB &lt;b&gt;" in answer.text
            assert not answer.headers.keys() & {"set-cookie", "etag", "last-modified"}
            assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert stranger.get("/privacy/other.example").status_code == 404


def test_the_documents_are_for_staff(world: World) -> None:
    """A stranger is sent to the login; staff read them, and are told what is not filled in."""
    anna = world.anna()
    for kind in Kind:
        assert world.stranger().get(f"/documents/{kind}").headers["location"].startswith("/login")
        answer = anna.get(f"/documents/{kind}")
        assert answer.status_code == 200
        assert "data_protection_officer</code>" in answer.text
    for wrong in ("nothing", "..%2f..%2fapp"):
        assert anna.get(f"/documents/{wrong}").status_code == 404


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_the_command_prints_every_document(tmp_path: Path, form: str) -> None:
    """On a machine without data too; what is not filled in is said on stderr, so that a file has the text only."""
    for kind in Kind:
        arguments = ["notice", "--kind", kind.value, "--format", form, "--data-directory", str(tmp_path / "none")]
        done = CliRunner().invoke(cli.cli, [*arguments, "--controller", "Garnboden AB"])
        assert done.exit_code == 0
        assert "Not filled in: the setting processor" in done.stderr
        assert "Not filled in" not in done.stdout
        assert kind is Kind.COOKIES or "Garnboden AB" in done.stdout
