"""The text of the SQL statements, by folder and name; read once."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """The one statement in `sql/<name>.sql`, such as `statement("spool/append")`. Unknown: FileNotFoundError."""
    return files("sql").joinpath(*f"{name}.sql".split("/")).read_text(encoding="utf-8")


@cache
def numbered(folder: str) -> tuple[str, ...]:
    """The names in a folder that begin with a number: the steps of a schema. ValueError: a gap or a double."""
    found = sorted(file.name.removesuffix(".sql") for file in files("sql").joinpath(folder).iterdir())
    names = tuple(name for name in found if name[:4].isdecimal())
    if [int(name[:4]) for name in names] != list(range(1, len(names) + 1)):
        raise ValueError(f"sql/{folder} must have one file a number: {names}")
    return names
