"""Writes the datasets' part of docs/exports.md from their one table: `python -m tests.docs.write_datasets`."""

from pathlib import Path

from dashboard.datasets import DATASETS, SCHEMA

PAGE = Path(__file__).parents[2] / "docs/exports.md"
MARK = "<!-- from here on written by python -m tests.docs.write_datasets -->\n"
TYPES = {"Date": "date", "String": "text", "Int64": "whole number", "Boolean": "true or false"}


def page() -> str:
    """The page as it should be: its own text, then the table."""
    return PAGE.read_text("utf-8").partition(MARK)[0] + MARK + datasets()


def datasets() -> str:
    """Every dataset with its columns."""
    parts = [f"\n## Datasets (schema {SCHEMA})\n"]
    for dataset in DATASETS:
        parts.append(f"\n### {dataset.name}\n\n{dataset.meaning[0].upper()}{dataset.meaning[1:]}.\n")
        parts.append("\n| column | type | meaning |\n|---|---|---|\n")
        parts += [f"| `{c.name}` | {TYPES[str(c.type())]} | {c.meaning or 'its value'} |\n" for c in dataset.columns]
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
