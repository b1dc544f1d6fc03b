"""The API described for programs (OpenAPI 3.1), made from the tables that answer it."""

from importlib.metadata import version
from typing import Any, Final

from dashboard.filters import CROSSINGS
from dashboard.period import Buckets, Compare, Name
from dashboard.question import FILTERS, LISTS, METRICS, MOST, RANGES, TIMES

Schema = dict[str, Any]

_DAY: Final[Schema] = {"type": "string", "format": "date"}
_FIGURE: Final[Schema] = {"type": ["number", "null"]}
_COUNT: Final[Schema] = {"type": ["integer", "null"]}


def document(base: str) -> Schema:
    """The whole document; `base` is where the server is below its host."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Trekvart",
            "version": version("trekvart"),
            "description": "A site's figures. Exact totals, and whole groups of visits from at least k networks.",
        },
        "servers": [{"url": base}],
        "security": [{"token": []}],
        "paths": {
            "/api/v2/query": {"post": _query()},
            "/api/sites/{domain}/overview": {"get": _about("overview", "All of the overview.", {"type": "object"})},
            "/api/sites/{domain}/drops": {"get": _about("drops", "What was not counted, by day and reason.", _drops())},
            "/api/sites/{domain}/drill": {
                "get": _about("drill", "The lists of what has one value.", {"type": "object"}, [_only()]),
            },
            "/api/openapi.json": {"get": _self()},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Question": _question(), "Answer": _answer(), "Error": _error()},
        },
    }


def _query() -> Schema:
    return {
        "operationId": "query",
        "summary": "A question in Plausible's shape: at most one dimension, and one filter that is counted with it.",
        "requestBody": {"required": True, "content": _json({"$ref": "#/components/schemas/Question"})},
        "responses": {
            "200": {"description": "The answer.", "content": _json({"$ref": "#/components/schemas/Answer"})},
            **_refusals(400, 413),
        },
    }


def _about(name: str, summary: str, answer: Schema, more: list[Schema] | None = None) -> Schema:
    domain = {"name": "domain", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [domain, *(more or []), *_period()],
        "responses": {"200": {"description": summary, "content": _json(answer)}, **_refusals(400)},
    }


def _self() -> Schema:
    return {
        "operationId": "describe",
        "summary": "This document.",
        "security": [],
        "responses": {"200": {"description": "This document.", "content": _json({"type": "object"})}},
    }


def _period() -> list[Schema]:
    words: list[tuple[str, Schema]] = [
        ("period", {"type": "string", "enum": list(Name)}),
        ("date", _DAY),
        ("from", _DAY),
        ("to", _DAY),
        ("compare", {"type": "string", "enum": list(Compare)}),
        ("by", {"type": "string", "enum": list(Buckets)}),
    ]
    return [{"name": name, "in": "query", "schema": schema} for name, schema in words]


def _only() -> Schema:
    names = "|".join(dimension.name.lower() for dimension in CROSSINGS)
    schema = {"type": "string", "pattern": f"^({names}):", "maxLength": 1000}
    return {"name": "only", "in": "query", "required": True, "schema": schema}


def _question() -> Schema:
    one_filter = {
        "type": "array",
        "prefixItems": [
            {"const": "is"},
            {"enum": list(FILTERS)},
            {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 1},
        ],
        "minItems": 3,
        "maxItems": 3,
        "items": False,
    }
    order = {
        "type": "array",
        "prefixItems": [{"enum": [*METRICS, *LISTS, *TIMES]}, {"enum": ["asc", "desc"]}],
        "minItems": 2,
        "maxItems": 2,
        "items": False,
    }
    return {
        "type": "object",
        "required": ["site_id", "metrics", "date_range"],
        "additionalProperties": False,
        "properties": {
            "site_id": {"type": "string", "minLength": 1, "maxLength": 253, "description": "The site's domain."},
            "metrics": {"type": "array", "items": {"enum": list(METRICS)}, "minItems": 1, "maxItems": len(METRICS)},
            "date_range": {
                "oneOf": [{"enum": list(RANGES)}, {"type": "array", "items": _DAY, "minItems": 2, "maxItems": 2}]
            },
            "dimensions": {"type": "array", "items": {"enum": [*LISTS, *TIMES]}, "maxItems": 1},
            "filters": {"type": "array", "items": one_filter, "maxItems": 1},
            "order_by": {"type": "array", "items": order, "maxItems": 1},
            "include": {
                "type": "object",
                "additionalProperties": False,
                "properties": {name: {"type": "boolean"} for name in ("total_rows", "time_labels", "imports")},
            },
            "pagination": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "limit": {"type": "integer", "minimum": 1, "maximum": MOST},
                    "offset": {"type": "integer", "minimum": 0, "maximum": 10**9},
                },
            },
        },
    }


def _answer() -> Schema:
    row = {
        "type": "object",
        "required": ["dimensions", "metrics"],
        "properties": {
            "dimensions": {"type": "array", "items": {"type": "string"}},
            "metrics": {"type": "array", "items": _FIGURE},
        },
    }
    meta = {
        "k": {"type": "integer", "description": "The least number of networks in a group now."},
        "late": {"type": "boolean", "description": "Whether groups that were collected over several days count."},
        "named": {**_COUNT, "description": "What whole groups say, all rows together."},
        "whole": {**_COUNT, "description": "What it is a part of; null where nothing counts that."},
        "waiting": {**_COUNT, "description": "What is in no group yet."},
        "total_rows": {"type": "integer"},
        "time_labels": {"type": "array", "items": {"type": "string"}},
    }
    return {
        "type": "object",
        "required": ["results", "meta", "query"],
        "properties": {
            "results": {"type": "array", "items": row},
            "meta": {"type": "object", "properties": meta},
            "query": {"$ref": "#/components/schemas/Question"},
        },
    }


def _drops() -> Schema:
    row = {"day": _DAY, "reason": {"type": "string"}, "n": {"type": "integer"}}
    return {"type": "array", "items": {"type": "object", "required": list(row), "properties": row}}


def _error() -> Schema:
    return {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}


def _refusals(*statuses: int) -> Schema:
    why = {
        400: "What cannot be answered, and why.",
        401: "No token, or none that is good.",
        403: "The role or the scope does not allow it.",
        404: "No such site, or not for this token.",
        413: "The question is too long.",
        429: "Too many requests; Retry-After says how long to wait.",
    }
    content = _json({"$ref": "#/components/schemas/Error"})
    return {
        str(status): {"description": why[status], "content": content}
        for status in sorted({*statuses, 401, 403, 404, 429})
    }


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}
