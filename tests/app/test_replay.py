"""The replay of logs from the command line: counted once, accounted for by name, and only groups on the disk."""

import fcntl
import gzip
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from crawleruseragents import is_crawler

from bench import madeup_log
from collector.door.agent import read_agent
from dashboard.cli import run
from tests.running import RunningServer, add_site

ZONE = madeup_log.ZONE
DAYS = 3
REPLAY = ["replay", "log", "--site", "shop.example"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A data directory with a site, without settings from outside."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("TREKVART_") and name != REAL]:
        monkeypatch.delenv(name)
    assert run(["site", "add", "shop.example", "--k", "5"]) == 0
    capsys.readouterr()


def log(count: int = 4000, days: int = DAYS) -> list[str]:
    """A made-up log that ends before 23 November 2026 in Stockholm."""
    return list(madeup_log.lines(count, days, date(2026, 11, 23), "shop.example", 1))


def write(lines: list[str], file: str = "log") -> None:
    Path(file).write_text("".join(f"{line}\n" for line in lines), "utf-8")


def table(said: str) -> dict[str, int]:
    """The closing table's lines of one figure."""
    return {
        name: int(n.replace(",", "")) for name, n in re.findall(r"^ *([a-z][a-z -]*?)  +([\d,]+)$", said, re.MULTILINE)
    }


def stored(statement: str) -> list[tuple[object, ...]]:
    """What the store's file says, asked past all of our own code."""
    with duckdb.connect("data/store.duckdb", read_only=True) as db:
        return db.execute(statement).fetchall()


def everything() -> dict[str, list[tuple[object, ...]]]:
    names = ("groups", "totals", "drops", "visitors", "days", "applied")
    return {name: sorted(stored(f"select * from {name}"), key=repr) for name in names}


def independent_count(lines: list[str]) -> Counter[str]:
    """What becomes of each line, by a few plain rules that share nothing with the product's parser."""
    told: Counter[str] = Counter()
    for line in lines:
        parts = line.split('"')
        if len(parts) != 7:
            told["torn-line"] += 1
        elif not parts[1].startswith("GET "):
            told["method"] += 1
        elif parts[2].split()[0] not in ("200", "304"):
            told["status"] += 1
        elif parts[1].split()[1].split(".")[-1] in ("css", "js", "svg", "webp", "ico", "txt"):
            told["asset"] += 1
        elif "Mozilla/5.0 (" not in parts[5] or "compatible" in parts[5]:
            told["bot"] += 1
        else:
            told["page views"] += 1
    return told


def test_totals_are_an_independent_count(capsys: pytest.CaptureFixture[str]) -> None:
    """Page views, and every drop reason by name, are what a few plain lines count; the store holds the same."""
    lines = log()
    lines[7] = lines[7][:90]  # torn
    write(lines)
    assert run(REPLAY) == 0
    said, progress = capsys.readouterr()
    assert progress == ""
    counted = independent_count(lines)
    read = table(said)
    assert {name: read[name] for name in counted} == counted
    assert read["lines read"] == len(lines)
    views, published, left = (
        int(n)
        for n in re.findall(r"^(.*) page views = (.*) published \+ (.*) left", said.replace(",", ""), re.MULTILINE)[0]
    )
    assert views == counted["page views"] == published + left
    assert stored("select sum(pageviews) from totals") == [(published,)]
    # What was dropped after the last publish is in no total.
    for reason, n in stored("select reason, sum(n)::bigint from drops group by reason"):
        assert 0.9 * counted[str(reason)] <= int(str(n)) <= counted[str(reason)]
    days = [(date(2026, 11, 23) - timedelta(days=n), "replay", True, True) for n in range(DAYS, 0, -1)]
    assert stored("select day, source, closed, merged from days order by day") == days


def test_a_site_that_rounds_is_told_tens(capsys: pytest.CaptureFixture[str]) -> None:
    """The command's table obeys the site's rounding."""
    write(log())
    assert run(["site", "change", "shop.example", "--rounded"]) == 0
    assert run(REPLAY) == 0
    said = capsys.readouterr().out.replace(",", "")
    assert "The site's figures are rounded" in said
    assert int(re.findall(r"^visits +(\d+)$", said, re.MULTILINE)[0]) % 10 == 0
    assert all(int(n) % 10 == 0 for n in re.findall(r"= (\d+) published \+ (\d+) left", said)[0])


def test_twice_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The second run says which days are there already, exits 1, and the store is as it was."""
    write(log())
    assert run(REPLAY) == 0
    before = everything()
    capsys.readouterr()
    assert run(REPLAY) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "trekvart: The site has data of 2026-11-20 to 2026-11-22 (3 days) already; nothing was changed.\n"
    assert everything() == before


def test_one_day_there_and_none_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """A log of three days of which one has data already changes nothing, not even the other two."""
    lines = log()
    write([line for line in lines if "21/Nov/2026" in line])
    assert run(REPLAY) == 0
    before = everything()
    write(lines)
    assert run(REPLAY) == 1
    assert "data of 2026-11-21 already" in capsys.readouterr().err
    assert everything() == before


def test_a_lost_spool_does_not_count_twice() -> None:
    """The store knows its days too: with the spool gone, a second run still changes nothing."""
    write(log())
    assert run(REPLAY) == 0
    before = everything()
    for file in Path("data").glob("spool.db*"):
        file.unlink()
    assert run(REPLAY) == 1
    assert everything() == before


@pytest.fixture
def log_as_stdin() -> Iterator[None]:
    """The file as this process's standard input, which the process that reads has too."""
    before = os.dup(0)
    with Path("log").open("rb") as file:
        os.dup2(file.fileno(), 0)
    yield
    os.dup2(before, 0)
    os.close(before)


@pytest.mark.parametrize("form", ["gzip", "stdin", "three files"])
def test_other_ways_to_name_a_log(
    form: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    """A compressed log, standard input and rotated files are one and the same log."""
    lines = log(2000)
    write(lines)
    names = ["log"]
    if form == "gzip":
        names = ["log.gz"]
        Path("log.gz").write_bytes(gzip.compress(Path("log").read_bytes()))
    elif form == "stdin":
        names = ["-"]
        request.getfixturevalue("log_as_stdin")
    else:
        names = ["log.3", "log.2", "log.1"]
        for name, part in zip(names, (lines[:700], lines[700:1500], lines[1500:]), strict=True):
            write(part, name)
    assert run(["replay", *names, "--site", "shop.example"]) == 0
    read = table(capsys.readouterr().out)
    counted = independent_count(lines)
    assert {name: read[name] for name in counted} == counted


def test_torn_gzip(capsys: pytest.CaptureFixture[str]) -> None:
    """A compressed log that is cut off is one sentence, and nothing of it is counted."""
    write(log(2000))
    Path("log.gz").write_bytes(gzip.compress(Path("log").read_bytes())[:-500])
    assert run(["replay", "log.gz", "--site", "shop.example"]) == 1
    assert "The log log.gz cannot be read to its end" in capsys.readouterr().err
    assert not Path("data/store.duckdb").exists()


def test_torn_lines_are_counted_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines cut at any place are torn lines, and every other line counts as it would without them."""
    lines = log(2000)
    cut = [line[: 1 + (n * 37) % (len(line) - 2)] if n % 10 == 3 else line for n, line in enumerate(lines)]
    write(cut)
    assert run(REPLAY) == 0
    read = table(capsys.readouterr().out)
    counted = independent_count(cut)
    assert counted["torn-line"] >= 200
    assert {name: read[name] for name in counted} == counted


def test_no_address_on_disk() -> None:
    """After a replay no file of the installation holds an address or a user agent of the log; no key remains."""
    canary = '203.0.113.217 - - [{}] "GET /{} HTTP/1.1" 200 9 "-" "Mozilla/5.0 (X11; rv:153.0) Firefox/153.0 canary"'
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    times = [(noon + timedelta(minutes=n)).strftime("%d/%b/%Y:%H:%M:%S +0000") for n in range(50)]
    write([canary.format(at, n % 3) for n, at in enumerate(times)] + log())
    lines = Path("log").read_text("utf-8").splitlines()
    write(sorted(lines, key=moment))
    assert run(REPLAY) == 0
    Path("log").unlink()
    files = [path for path in Path().rglob("*") if path.is_file()]
    assert Path("data/store.duckdb") in files
    for path in files:
        for spelling in (
            b"203.0.113.217",
            b"203.0.113",
            b"\xcb\x00\x71\xd9",
            b"\xd9\x71\x00\xcb",
            b"cb0071d9",
            b"canary",
        ):
            assert spelling not in path.read_bytes(), path
    assert list(Path("keys").iterdir()) == []


def moment(line: str) -> datetime:
    found = re.search(r"\[(.*?)\]", line)
    return datetime.strptime(found[1], "%d/%b/%Y:%H:%M:%S %z") if found else datetime.max.replace(tzinfo=UTC)


def test_running_server_takes_the_days_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a server running, the days appear on its screens without a restart, once."""
    server = RunningServer(tmp_path)
    add_site(server, "busy.example", time_zone="Europe/Stockholm")
    until = datetime.now(tz=ZONE).date()
    lines = list(madeup_log.lines(2000, 2, until, "busy.example", 1))
    write(lines)
    with server:
        server.login()
        assert run(["replay", "log", "--site", "busy.example"]) == 0
        said = capsys.readouterr().out
        assert "The running server has the days now" in said
        published = int(re.findall(r"= ([\d,]+) published", said)[0].replace(",", ""))
        server.wait_for(lambda: server.overview("busy.example", "7d")["headline"]["pageviews"] == published)
        assert run(["replay", "log", "--site", "busy.example"]) == 1
        assert server.overview("busy.example", "7d")["headline"]["pageviews"] == published


def test_progress_at_a_terminal() -> None:
    """A person sees a bar on stderr; a file or pipe there stays empty, and stdout has the table only."""
    write(log(2500))
    command = [sys.executable, "-m", "dashboard.cli", *REPLAY]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    terminal, stderr = pty.openpty()
    fcntl.ioctl(stderr, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    seen = subprocess.run(command, stdout=subprocess.PIPE, stderr=stderr, env=environ, timeout=60)
    os.close(stderr)
    assert b"%|" in os.read(terminal, 1000)
    os.close(terminal)
    assert seen.stdout.startswith(b"shop.example: 3 days")
    again = subprocess.run(command, capture_output=True, env=environ, timeout=60)
    assert again.stderr.startswith(b"trekvart: The site has data")


# -- a real log ------------------------------------------------------------------------------------------------------

REAL = "TREKVART_TEST_LOG"
PAGES = ("", "html", "htm", "xhtml", "php", "asp", "aspx", "jsp")  # what ends so is certainly no asset


def real_log() -> Path:
    if path := os.environ.get(REAL):
        return Path(path)
    why = f"{REAL} names no log: set it to a real access log in the combined format of semicomplete.com to count it."
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


def test_real_log(capsys: pytest.CaptureFixture[str]) -> None:
    """A real site's log: every line is accounted for by name, and the page views are an independent count's."""
    path = real_log()
    lines = path.read_text("latin-1").splitlines()
    assert run(["site", "add", "semicomplete.com", "--k", "5", "--time-zone", "UTC"]) == 0
    capsys.readouterr()
    assert run(["replay", str(path), "--site", "semicomplete.com"]) == 0
    said = capsys.readouterr().out
    read = table(said)
    counted: Counter[str] = Counter()
    documented = re.findall(
        r"^\| [a-z ,]+ \| ([a-z0-9 ]+) \|$", (Path(__file__).parents[2] / "docs/replay.md").read_text(), re.MULTILINE
    )
    assets = set(" ".join(documented).split())
    for line in lines:
        parts = line.split('"')
        if len(parts) < 7:
            counted["torn-line"] += 1
            continue
        request, status, agent = parts[1].split(), parts[2].split()[0], '"'.join(parts[5:-1])
        last = request[1].split("?")[0].split("/")[-1]
        extension = last.split(".")[-1].lower() if "." in last else ""
        if request[0] != "GET":
            counted["method"] += 1
        elif status not in ("200", "304"):
            counted["status"] += 1
        elif extension in assets:
            assert extension not in PAGES
            counted["asset"] += 1
        elif read_agent(agent).bot:
            counted["bot"] += 1
        else:
            assert not is_crawler(agent)  # a robot by the list that is kept for all
            counted["page views"] += 1
    assert {name: read.get(name, 0) for name in counted} == counted
    assert read["lines read"] == len(lines) == counted.total()
    published = int(re.findall(r"= ([\d,]+) published", said)[0].replace(",", ""))
    left = int(re.findall(r"published \+ ([\d,]+) left", said)[0].replace(",", ""))
    assert published + left == counted["page views"]
    assert stored("select sum(pageviews) from totals") == [(published,)]
    assert min(int(str(n)) for (n,) in stored("select min(n) from groups")) >= 5


def test_resume_counts_what_an_earlier_run_did_not(capsys: pytest.CaptureFixture[str]) -> None:
    """With --resume days that are there are left out and the others counted once, as in one run over all."""
    lines = log()
    first = [line for line in lines if moment(line).astimezone(ZONE).date() <= date(2026, 11, 21)]
    write(first)
    assert run(REPLAY) == 0
    write(lines)
    assert run([*REPLAY, "--resume"]) == 0
    read = table(capsys.readouterr().out.rpartition("shop.example: ")[2])
    rest = [line for line in lines if moment(line).astimezone(ZONE).date() > date(2026, 11, 21)]
    assert read["page views"] == independent_count(rest)["page views"]
    assert stored("select day::varchar from days order by day") == [("2026-11-20",), ("2026-11-21",), ("2026-11-22",)]
    before = everything()
    assert run([*REPLAY, "--resume"]) == 1
    assert everything() == before


def test_a_stopped_resume_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Days are written as they close: what a run that was stopped had written is not counted again by the next."""
    monkeypatch.setattr("dashboard.cli_replay.PORTION", 100)
    whole = log(30_000)  # several portions
    write([*whole, "x" * 50, whole[0]])  # the last line is days older: the run stops there
    assert run([*REPLAY, "--resume"]) == 1
    assert "hours older" in capsys.readouterr().err
    assert stored("select day::varchar from days order by day") == [("2026-11-20",), ("2026-11-21",)]
    write(whole)
    assert run([*REPLAY, "--resume"]) == 0
    assert stored("select day::varchar from days order by day") == [("2026-11-20",), ("2026-11-21",), ("2026-11-22",)]
    views = independent_count([line for line in whole if "22/Nov/2026" in line])["page views"]
    assert table(capsys.readouterr().out)["page views"] == views


def test_the_program_is_not_what_stands_where_the_command_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    """A directory of the same name as one of the program's packages is not taken for it by the process that reads."""
    Path("dashboard").mkdir()
    Path("dashboard/__init__.py").write_text("raise SystemExit(9)", "utf-8")
    write(log(2000))
    assert run(REPLAY) == 0
    assert table(capsys.readouterr().out)["lines read"] == 2000


def test_a_reader_that_dies_is_one_sentence(tmp_path: Path) -> None:
    """When the process that reads the log is killed, the command says so, exits 1, and nothing is counted."""
    os.mkfifo("pipe")
    command = [sys.executable, "-m", "dashboard.cli", "replay", "pipe", "--site", "shop.example"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as replay:
        with Path("pipe").open("wb"):  # opens when the reader has opened its end
            reader = Path(f"/proc/{replay.pid}/task/{replay.pid}/children").read_text("ascii")
            os.kill(int(reader), signal.SIGKILL)
        said = replay.communicate(timeout=30)[1]
    assert replay.returncode == 1
    assert said == "trekvart: The process that reads the log ended too early; nothing was changed.\n"
    assert not Path("data/store.duckdb").exists()
