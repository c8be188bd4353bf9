"""How flask-smorest is told to write our schema. Imported when the schema is built, not before."""

from __future__ import annotations

from typing import Any

import flask_smorest
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema

from ticketing.api.errors import ErrorOut
from ticketing.api.fields import AnyKey, In, Money, UtcDate

_DIALECTS = {"btick": "BTick", "cafa": "Cafa", "easyticket": "EasyTicket", "secureticket": "SecureTicket"}


class Documentation(flask_smorest.Api):
    """Writes the schema and nothing else: errors are answered elsewhere, and no status is documented that
    an operation does not name."""

    ERROR_SCHEMA = ErrorOut
    DEFAULT_ERROR_RESPONSE_NAME = None


def component_name(schema: Schema | type[Schema]) -> str | None:
    """``btick.schemas.CategoryOut`` → ``BTickCategory``, its body ``BTickCategoryBody``, for PATCH
    ``BTickCategoryPatch``. Schemas that are not ours get no name."""
    kind = schema if isinstance(schema, type) else type(schema)
    if not kind.__module__.startswith("ticketing.api."):
        return None
    door = kind.__module__.split(".")[2]
    name = kind.__name__
    if issubclass(kind, In):
        partial = isinstance(schema, Schema) and schema.partial
        name = name.removesuffix("In") + ("Patch" if partial else "Body")
    return _DIALECTS.get(door, "") + name.removesuffix("Out")


def describe_fields(plugin: MarshmallowPlugin) -> None:
    """Say what our own fields look like on the wire."""
    converter = plugin.converter
    assert isinstance(converter, OpenAPIConverter)  # noqa: S101 (made by init_spec)
    plugin.map_to_openapi_type(Money, "string", "decimal")
    plugin.map_to_openapi_type(UtcDate, "string", "date-time")
    plugin.map_to_openapi_type(AnyKey, None, None)
    converter.add_attribute_function(_any_key)


def _any_key(_converter: OpenAPIConverter, field: Any, **_: Any) -> dict[str, Any]:
    if not isinstance(field, AnyKey):
        return {}
    return {"anyOf": [{"type": "integer", "format": "int64", "minimum": 1}, {"type": "string"}]}


def finished(document: dict[str, Any]) -> dict[str, Any]:
    """The schema with what apispec cannot say: errors carry the fields that are to blame at the top."""
    error = document["components"]["schemas"]["Error"]
    error["additionalProperties"] = {
        "oneOf": [
            {"type": "array", "items": {"type": "string"}},
            {"type": "string"},
            {"type": "integer"},
            {"type": "boolean"},
            {"type": "object"},
        ]
    }
    for path in document["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict):
                operation["responses"] = dict(sorted(operation["responses"].items()))
    return document
