"""`python -m tests.prepare_sql`: every SQL file is one statement, says its question, and fits the schema it is for."""

import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

SQL = Path(__file__).parents[1] / "sql"
# Tables that one statement of a rewrite makes for the next: prepared in this order, in one session.
FIRST = ("merge_",)


def main() -> int:
    """Prints each file that is wrong; 1 when there is one."""
    wrong = [problem for folder in sorted(SQL.iterdir()) if folder.is_dir() for problem in _folder(folder)]
    for problem in wrong:
        print(problem, file=sys.stderr)
    print(f"{len(list(SQL.rglob('*.sql')))} SQL files, {len(wrong)} wrong")
    return 1 if wrong else 0


def _folder(folder: Path) -> Iterator[str]:
    files = sorted(folder.glob("*.sql"), key=lambda path: (not path.name[:4].isdigit(), path.name))
    for path in files:
        yield from (f"{path.relative_to(SQL)}: {problem}" for problem in _shape(path.read_text()))
    if folder.name in {"schema", "read", "write"}:
        schema = sorted((SQL / "schema").glob("*.sql"))
        yield from _fits(files if folder.name != "schema" else [], schema, _duck())
    else:
        schema = [path for path in files if path.name[:4].isdigit()]
        yield from _fits([path for path in files if path not in schema], schema, _lite())


def _shape(text: str) -> Iterator[str]:
    first, _, rest = text.partition("\n")
    if not re.fullmatch(r"-- .+[?.]", first):
        yield "the first line is no comment that says the question"
    if rest.count(";") != 1 or not rest.rstrip().endswith(";"):
        yield "not one statement that ends with ;"


def _fits(
    files: list[Path], schema: list[Path], database: tuple[Callable[[str], object], Callable[[str], object]]
) -> Iterator[str]:
    run, prepare = database
    for path in schema:
        run(path.read_text())
    for path in sorted(files, key=lambda path: not path.name.startswith(FIRST)):
        try:
            (run if path.name.startswith(FIRST) else prepare)(path.read_text())
        except (duckdb.Error, sqlite3.Error) as error:
            yield f"{path.relative_to(SQL)}: {str(error).splitlines()[0]}"


def _duck() -> tuple[Callable[[str], object], Callable[[str], object]]:
    database = duckdb.connect()

    def bound(text: str) -> str:
        """A merge makes a table: run for a site that is not there."""
        return text.replace("$site", "0").replace("$day", "date '2026-01-01'")

    return (
        lambda text: database.execute(bound(text)),
        lambda text: database.execute(f"explain {_body(text)}", dict.fromkeys(re.findall(r"\$([a-z_0-9]+)", text))),
    )


def _body(text: str) -> str:
    """The statement without its first line."""
    return text.partition("\n")[2]


def _lite() -> tuple[Callable[[str], object], Callable[[str], object]]:
    database = sqlite3.connect(":memory:")

    def prepare(text: str) -> object:
        names = set(re.findall(r":([a-z_]+)", text))
        return database.execute(f"explain {_body(text)}", dict.fromkeys(names, 0))

    return database.execute, prepare


if __name__ == "__main__":
    sys.exit(main())
