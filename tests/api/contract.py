"""Holds answers against the schema that the application publishes of itself."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from ticketing.api.openapi import Published

_PLACEHOLDER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")


class Contract:
    """The published schema as something that answers can break.

    It is read more strictly than written: an object has no key that is not documented.
    """

    def __init__(self, app: Flask) -> None:
        published: Published = app.extensions["openapi"]
        self.document = published.document
        self._app = app
        self._components = _strict({"schemas": self.document["components"]["schemas"]})
        self._validators: dict[str, jsonschema_rs.Draft4Validator] = {}

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """What is published of a call; nothing for a URL or a method that does not exist."""
        urls = self._app.url_map.bind("localhost")
        try:
            rule, _arguments = urls.match(path.split("?")[0], method, return_rule=True)
        except HTTPException:
            return None
        template = _PLACEHOLDER.sub(r"{\1}", rule.rule)
        operation = self.document["paths"].get(template, {}).get(method.lower())
        assert operation is not None, f"{method} {template} is not documented"
        return operation

    def check(self, method: str, path: str, answer: TestResponse) -> None:
        """Fail where the answer is not what the schema promises."""
        operation = self.operation(method, path)
        if operation is None:
            assert answer.status_code in (404, 405), answer.status_code
            self._check_body("Error", {"$ref": "#/components/schemas/Error"}, answer)
            return
        promised = operation["responses"].get(str(answer.status_code))
        assert promised is not None, f"{method} {path}: {answer.status_code} is not documented: {answer.text}"
        promised = self._resolved(promised)
        if "content" not in promised:
            assert answer.data == b"", f"{method} {path}: a body where none is documented"
            return
        if "application/json" not in promised["content"]:
            assert answer.mimetype in promised["content"], f"{method} {path}: {answer.mimetype}"
            return
        schema = promised["content"]["application/json"]["schema"]
        self._check_body(f"{operation['operationId']} {answer.status_code}", schema, answer)

    def _resolved(self, response: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in response:
            return response
        name = response["$ref"].rsplit("/", 1)[-1]
        found: dict[str, Any] = self.document["components"]["responses"][name]
        return found

    def _check_body(self, name: str, schema: dict[str, Any], answer: TestResponse) -> None:
        assert answer.mimetype == "application/json", f"{name}: {answer.mimetype}"
        if name not in self._validators:
            whole = {**_strict(schema), "components": self._components}
            if "$ref" in schema:
                whole = {"allOf": [schema], "components": self._components}
            self._validators[name] = jsonschema_rs.Draft4Validator(whole, validate_formats=True)
        error = next(iter(self._validators[name].iter_errors(answer.json)), None)
        assert error is None, f"{name}: {error}"


def _strict(schema: Any) -> Any:
    """OpenAPI 3.0's dialect as JSON Schema, with closed objects."""
    if isinstance(schema, list):
        return [_strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _strict(part) for name, part in schema.items() if name not in ("nullable", "example")}
    if schema.get("type") == "object" and "properties" in schema:
        found.setdefault("additionalProperties", False)
    if schema.get("nullable") is True:
        return {"anyOf": [found, {"type": "null"}]}
    return found
