"""The text of the SQL statements, by folder and name; read once."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """The one statement in `sql/<name>.sql`, such as `statement("spool/append")`. Unknown: FileNotFoundError."""
    return files("sql").joinpath(*f"{name}.sql".split("/")).read_text(encoding="utf-8")
