"""The command line: what it does, and that everything wrong is one sentence on stderr that changes nothing."""

import gzip
import io
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from collector.control import Control
from collector.script.snippet import KINDS, snippet
from dashboard.accounts import Accounts, Refused, Session
from dashboard.cli import run
from tests.running import RunningServer

LINE = b'198.18.0.7 - - [20/Nov/2025:12:00:00 +0000] "GET / HTTP/1.1" 200 9 "-" "Mozilla/5.0 Firefox/153.0"\n'


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands run in a directory of their own, without settings from outside."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("TREKVART_")]:
        monkeypatch.delenv(name)
    yield
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def snapshot(directory: Path) -> dict[str, bytes | None]:
    """Every file and directory below, with what is in it."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(directory.rglob("*"))}


def control() -> closing[Control]:
    return closing(Control.open(Path("data/control.db")))


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["serve"],
        ["site"],
        ["site", "add"],
        ["site", "list"],
        ["site", "snippet"],
        ["site", "change"],
        ["site", "token"],
        ["user"],
        ["user", "add"],
        ["user", "password"],
        ["user", "list"],
        ["user", "role"],
        ["user", "remove"],
        ["token"],
        ["token", "add"],
        ["token", "list"],
        ["token", "revoke"],
        ["replay"],
    ],
    ids=" ".join,
)
def test_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Every command explains itself, begins nothing, and exits 0."""
    assert run([*command, "--help"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"Usage: trekvart {' '.join(command)}".rstrip())
    assert list(Path().iterdir()) == []


def test_every_setting_is_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    """`trekvart serve --help` has a flag for each setting, and the variable's name beside it."""
    from collector.settings import SETTINGS

    run(["serve", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    for setting in SETTINGS:
        assert f" {setting.flag} " in said
        assert setting.variable in said


def test_site_add_list_snippet(capsys: pytest.CaptureFixture[str]) -> None:
    """A site is added once, listed, and its snippet is what pages need."""
    assert run(["site", "add", "Shop.Example", "--name", "The shop", "--host", "shop.example.net"]) == 0
    assert 'data-site="shop.example"></script>' in capsys.readouterr().out
    with control() as opened:
        site = opened.site("shop.example")
    assert (site.k, site.name, site.time_zone) == (10, "The shop", "Europe/Stockholm")
    assert site.hosts == ("shop.example", "www.shop.example", "shop.example.net")
    assert run(["site", "list"]) == 0
    assert "shop.example  10  600 s      Europe/Stockholm  The shop\n" in capsys.readouterr().out
    assert run(["site", "snippet", "shop.example", "--public-url", "https://stats.example/x"]) == 0
    wanted = '<script defer src="https://stats.example/x/t.js" data-site="shop.example"></script>\n'
    assert wanted in capsys.readouterr().out


@pytest.mark.parametrize("kind", KINDS)
def test_site_snippet_for_a_kind(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--for` prints exactly that kind's text; where the server is not known, the hint is not in what is pasted."""
    assert run(["site", "add", "shop.example", "--yes"]) == 0
    capsys.readouterr()
    assert run(["site", "snippet", "shop.example", "--for", kind, "--public-url", "https://stats.example"]) == 0
    assert capsys.readouterr().out == snippet("shop.example", "https://stats.example", kind)
    assert run(["site", "snippet", "shop.example", "--for", kind]) == 0
    said = capsys.readouterr()
    assert "YOUR-SERVER is" not in said.out
    assert "--public-url fills it in" in said.err


def test_site_change(capsys: pytest.CaptureFixture[str]) -> None:
    """What a site lets in is changed by name; what is not named stays; and the snippet follows."""
    assert run(["site", "add", "shop.example", "--yes"]) == 0
    assert run(["site", "change", "shop.example", "--property", "plan", "--host", "shop.example.net"]) == 0
    assert run(["site", "change", "shop.example", "--null-origin", "--optout-page", "/privacy"]) == 0
    with control() as opened:
        site = opened.site("shop.example")
    assert (site.properties, site.null_origin, site.optout) == (("url", "plan"), True, "/privacy")
    assert site.hosts == ("shop.example", "www.shop.example", "shop.example.net")
    capsys.readouterr()
    assert run(["site", "snippet", "shop.example", "--public-url", "https://stats.example"]) == 0
    assert 'data-site="shop.example" data-optout="trekvart-optout"></script>' in capsys.readouterr().out
    assert run(["site", "change", "shop.example", "--no-property", "url", "--no-optout-page", "--no-null-origin"]) == 0
    said = capsys.readouterr().out
    assert said.endswith(
        "properties: plan\nopt-out page: none\nfigures: as they are\nevents without an origin: refused\n"
    )


def test_site_token(capsys: pytest.CaptureFixture[str]) -> None:
    """A token is shown once and is nowhere in the data; --revoke ends them all."""
    assert run(["site", "add", "shop.example", "--yes"]) == 0
    capsys.readouterr()
    assert run(["site", "token", "shop.example"]) == 0
    made = capsys.readouterr().out.split()[1]
    assert made.startswith("tv_")
    assert not any(made.encode() in (content or b"") for content in snapshot(Path("data")).values())
    with control() as opened:
        assert len(opened.site("shop.example").senders) == 1
    assert run(["site", "token", "shop.example", "--revoke"]) == 0
    with control() as opened:
        assert opened.site("shop.example").senders == ()


@pytest.mark.parametrize(
    ("flags", "k"),
    [
        (["--yes"], 10),
        (["--visits-per-day", "80"], 5),
        (["--visits-per-day", "150"], 10),
        (["--visits-per-day", "80", "--k", "12"], 12),
    ],
    ids=["nothing said", "small", "usual", "chosen"],
)
def test_k_of_a_new_site(flags: list[str], k: int) -> None:
    """Its k is 10, or 5 for a site of few visits, or as it was asked for."""
    assert run(["site", "add", "shop.example", *flags]) == 0
    with control() as opened:
        assert opened.site("shop.example").k == k


def test_k_is_asked_at_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody at a terminal who says nothing of visits is asked; a script is not."""
    answers = io.StringIO("100\n")
    monkeypatch.setattr(answers, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", answers)
    assert run(["site", "add", "shop.example"]) == 0
    assert "how many visits a day" in capsys.readouterr().out
    with control() as opened:
        assert opened.site("shop.example").k == 5


def test_user_add(capsys: pytest.CaptureFixture[str]) -> None:
    """The made-up password is printed, signs in, and stands nowhere else."""
    assert run(["user", "add", "anna"]) == 0
    password = capsys.readouterr().out.split(" is ")[1].split()[0]
    with control() as opened:
        assert isinstance(Accounts(opened).login("anna", password, 1, 0), Session)
    assert password.encode() not in b"".join(part or b"" for part in snapshot(Path()).values())


def test_password_from_stdin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A given password is read from standard input, where no list of processes shows it, and is not printed."""
    for command, password in (("add", "the first password"), ("password", "the second password")):
        monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\nmore\n"))
        assert run(["user", command, "anna", "--password-stdin"]) == 0
        assert capsys.readouterr().out == "anna can sign in.\n"
        with control() as opened:
            assert isinstance(Accounts(opened).login("anna", password, 1, 0), Session)
    with control() as opened:
        assert isinstance(Accounts(opened).login("anna", "the first password", 1, 0), Refused)


def newer(file: str) -> None:
    """Makes a database look as if a newer version had written it."""
    with closing(sqlite3.connect(file)) as db:
        db.execute("pragma user_version = 1000")


# name -> (what was done before, the command, what the sentence says)
WRONG: dict[str, tuple[str, list[str], str]] = {
    "settings file is missing": ("", ["site", "list", "--settings", "no.toml"], "settings file no.toml cannot be read"),
    "settings file is no TOML": ("toml", ["serve", "--settings", "t.toml"], "settings file t.toml is not TOML"),
    "settings file has an unknown key": ("key", ["serve", "--settings", "t.toml"], "no setting 'prot'"),
    "flag is of the wrong kind": ("", ["serve", "--port", "http"], "The flag --port must be a whole number"),
    "data directory is a file": ("data file", ["serve"], "data directory data cannot be used (File exists)"),
    "data directory is below a file": (
        "data file",
        ["site", "add", "a.se", "--data-directory", "data/x"],
        "cannot be made",
    ),
    "no data yet": ("", ["site", "list"], "no Trekvart data in data"),
    "no data to replay into": ("log", ["replay", "log", "--site", "shop.example"], "no Trekvart data in data"),
    "site is unknown": (
        "site",
        ["site", "snippet", "a.se"],
        "There is no site 'a.se'; add it with: trekvart site add a.se",
    ),
    "site to change is unknown": ("site", ["site", "change", "a.se", "--null-origin"], "There is no site 'a.se'"),
    "site of a token is unknown": ("site", ["site", "token", "a.se"], "There is no site 'a.se'"),
    "opt-out page is no path": (
        "site",
        ["site", "change", "shop.example", "--optout-page", "https://shop.example/privacy"],
        "must be a path of the site, like /privacy",
    ),
    "property is no name": ("site", ["site", "change", "shop.example", "--property", "1"], "The property '1' must be"),
    "site to replay is unknown": ("site log", ["replay", "log", "--site", "a.se"], "trekvart site add a.se"),
    "site exists": ("site", ["site", "add", "SHOP.example"], "There is a site shop.example already"),
    "site is no domain": ("site", ["site", "add", "https://a.se/"], "is not a domain"),
    "k is too small": ("site", ["site", "add", "a.se", "--k", "4"], "k must be from 5"),
    "time zone is none": ("site", ["site", "add", "a.se", "--time-zone", "Sweden"], "no time zone 'Sweden'"),
    "account exists": ("site user", ["user", "add", "Anna"], "There is an account anna already"),
    "account is unknown": ("site", ["user", "password", "bo"], "There is no account 'bo'"),
    "password is too short": ("site short", ["user", "add", "bo", "--password-stdin"], "at least 12 characters"),
    "password is missing": ("site empty", ["user", "add", "bo", "--password-stdin"], "no password on standard input"),
    "log is missing": ("site", ["replay", "log", "--site", "shop.example"], "The log log cannot be read: No such file"),
    "log is a directory": ("site", ["replay", "data", "--site", "shop.example"], "The log data cannot be read"),
    "log is empty": ("site empty log", ["replay", "log", "--site", "shop.example"], "None of the 0 lines"),
    "log is torn all through": ("site torn log", ["replay", "log", "--site", "shop.example"], "None of the 40 lines"),
    "log is packed and torn": ("site gz", ["replay", "log.gz", "--site", "shop.example"], "cannot be read to its end"),
    "control database is newer": ("site newer control", ["site", "list"], "control.db was written by a newer version"),
    "control database is none": ("site garbage", ["user", "add", "bo"], "control.db cannot be used"),
    "country file is missing": (
        "site log",
        ["replay", "log", "--site", "shop.example", "--country-file", "no.mmdb"],
        "country file no.mmdb cannot be read",
    ),
    "spool is newer": (
        "site log newer spool",
        ["replay", "log", "--site", "shop.example"],
        "newer version of Trekvart",
    ),
}


def prepare(done: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Brings the directory into the state that the words describe."""
    words = done.split()
    if "site" in words:
        assert run(["site", "add", "shop.example", "--yes", "--time-zone", "UTC"]) == 0
    if "user" in words:
        assert run(["user", "add", "anna"]) == 0
    Path("log").write_bytes(
        b"" if "empty" in words else LINE[50:] * 40 if "torn" in words else LINE
    ) if "log" in words else None
    files = {
        "toml": ("t.toml", b"port = ["),
        "key": ("t.toml", b"prot = 1"),
        "file": ("data", b""),
        "gz": ("log.gz", gzip.compress(LINE * 40)[:-9]),
    }
    for word, (file, content) in files.items():
        if word in words:
            Path(file).write_bytes(content)
    if "garbage" in words:
        Path("data/control.db").write_bytes(b"no database" * 999)
    if "newer" in words:
        newer(f"data/{words[-1]}.db")
    monkeypatch.setattr(sys, "stdin", io.StringIO("elevenchars\n" if "short" in words else ""))


@pytest.mark.parametrize("case", WRONG)
def test_everything_wrong_is_one_sentence(
    case: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is wrong: exit code 1, one sentence on stderr, nothing on stdout, no traceback, no file changed."""
    done, command, said = WRONG[case]
    prepare(done, monkeypatch)
    capsys.readouterr()
    before = snapshot(Path())
    assert run(command) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.startswith("trekvart: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    new = {
        path for path, content in snapshot(Path()).items() if content != before.get(path, content) or path not in before
    }
    assert {path for path in new if not path.endswith(LEFTOVERS)} == set()


# What opening a database may leave beside it; and the lock, the keys' directory and the empty store of a replay.
LEFTOVERS = ("-wal", "-shm", "server.lock", "keys", "store.duckdb")


@pytest.mark.parametrize(
    "command", [["nonsense"], ["serve", "--nonsense"], ["site", "add"], ["replay"], ["replay", "log"], []], ids=" ".join
)
def test_wrong_usage(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A command that does not exist, or that lacks something, exits 2 with its usage."""
    assert run(command) == 2
    assert "Usage: trekvart" in capsys.readouterr().err
    assert list(Path().iterdir()) == []


def test_ctrl_c(tmp_path: Path) -> None:
    """Ctrl-C, which both processes of a replay get, ends it with 130 and a word, and nothing is changed."""
    run(["site", "add", "shop.example", "--yes"])
    os.mkfifo("pipe")
    before = {path: content for path, content in snapshot(Path("data")).items() if not path.endswith(LEFTOVERS)}
    command = [sys.executable, "-m", "dashboard.cli", "replay", "pipe", "--site", "shop.example"]
    with (
        subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True) as replay,
        Path("pipe").open("wb") as pipe,  # opens when the process that reads has opened its end
    ):
        pipe.write(LINE * 5)
        pipe.flush()
        os.killpg(replay.pid, signal.SIGINT)
        said = replay.communicate(timeout=30)[1]
    assert (replay.returncode, said.lstrip()) == (130, "Stopped.\n")
    after = {path: content for path, content in snapshot(Path("data")).items() if not path.endswith(LEFTOVERS)}
    assert after == before


def test_what_the_system_refuses(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An error of the system that nobody foresaw is one sentence too."""
    broken = io.StringIO()
    monkeypatch.setattr(broken, "readline", partial(os.open, ".", os.O_WRONLY))
    monkeypatch.setattr(sys, "stdin", broken)
    assert run(["user", "add", "anna", "--password-stdin"]) == 1
    assert capsys.readouterr().err == "trekvart: .: Is a directory.\n"


def test_no_traceback_from_a_process() -> None:
    """The same through the door of a process: exit code and one line on stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "dashboard.cli", "site", "list"],
        capture_output=True,
        text=True,
        timeout=60,
        env=environ(),
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("trekvart: There is no Trekvart data in data; begin with: ")
    assert done.stderr.count("\n") == 1


def test_reader_that_leaves() -> None:
    """`trekvart site list | true`: a reader that has gone makes no traceback."""
    run(["site", "add", "shop.example", "--yes"])
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "dashboard.cli", "site", "list"],
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=60,
        env=environ(),
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


def environ() -> dict[str, str]:
    """So that a process elsewhere finds the packages, installed or not."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`trekvart --version` says what is installed."""
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"trekvart {project['version']}\n"


def test_demo(tmp_path: Path) -> None:
    """`serve --demo` makes the demo's site and an account, prints password (once) and addresses, and ends well."""
    server = RunningServer(tmp_path, "--demo")
    with server:
        said = "".join(server.output)
        password = said.split("with the password ")[1].split()[0]
        server.wait_for(lambda: "Stop it with Ctrl-C." in "".join(server.output))
        assert f"http://127.0.0.1:{server.port}/demo\n" in "".join(server.output)
        server.login("admin", password)
        assert server.page("/demo").status == 200
        assert server.stop() == 0
    with control() as opened:
        (site,) = opened.sites()
    assert (site.domain, site.demo, site.k) == ("demo.localhost", True, 5)
    again = RunningServer(tmp_path, "--demo")
    with again:
        assert "password" not in "".join(again.output)
        again.login("admin", password)


def test_serve_says_that_nobody_can_sign_in(tmp_path: Path) -> None:
    """A server without any account says how to make one, and makes no demo site by itself."""
    with RunningServer(tmp_path) as server:
        assert "trekvart user add NAME" in "".join(server.output)
    with control() as opened:
        assert opened.sites() == ()


def test_second_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second server on the same data or the same port is one sentence."""
    with RunningServer(tmp_path) as server:
        for flags, said in (
            (["--port", "0"], "belongs to a running server"),
            (["--data-directory", "b"], "cannot be used"),
        ):
            command = ["serve", "--port", str(server.port), *flags]
            done = subprocess.run(
                [sys.executable, "-m", "dashboard.cli", *command],
                capture_output=True,
                text=True,
                timeout=60,
                env=environ(),
            )
            assert done.returncode == 1
            assert said in done.stderr
            assert "Traceback" not in done.stderr
