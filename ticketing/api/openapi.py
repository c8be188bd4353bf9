"""The published schema (OpenAPI 3.0.3), made from the routes when it is first asked for, and two readers."""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from typing import Any

import click
import orjson
from flask import Blueprint, Flask, Response, current_app, make_response, render_template, request
from flask.cli import AppGroup

from ticketing.api.routes import KeyConverter, Routes
from ticketing.responses import CONTENT_SECURITY_POLICY

_KEY = "openapi"
_DESCRIPTION = """\
Events, ticket types and bookings of one platform.

Sign in with `POST /api/auth/jwt/create/` and send the `access` token as `Authorization: Bearer …`. Any id may
be given as an integer or a UUID, an event's also as its slug. Errors always have the form `Error`. A list is
a page, `{count, next, previous, results}`, or a bare array, capped; then a `Link` header with `rel="next"`
leads to the rest.
"""
_TAGS = (
    "Auth", "Events", "Tickets", "Bookings", "Orders", "Payments", "Promo codes", "Organizations", "Venues",
    "Categories", "Logs",
)  # fmt: skip
_SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "access_token"},
}
_ANY_KEY: dict[str, Any] = {
    "anyOf": [
        {"type": "integer", "format": "int64", "minimum": 1},
        {"type": "string", "format": "uuid"},
        {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,280}$"},
    ]
}

bp = Blueprint("openapi", __name__)
commands = AppGroup("openapi", help="The published schema of the API.")


class Published:
    """The schema of an application: built once, by whoever asks first."""

    def __init__(self, blueprints: Sequence[Routes]) -> None:
        self._blueprints = blueprints
        self._lock = threading.Lock()

    @functools.cached_property
    def document(self) -> dict[str, Any]:
        """The schema as plain values."""
        with self._lock:
            return _build(self._blueprints)

    @functools.cached_property
    def json(self) -> bytes:
        """The schema as JSON."""
        return orjson.dumps(self.document, option=orjson.OPT_INDENT_2)

    @functools.cached_property
    def yaml(self) -> bytes:
        """The schema as YAML."""
        import yaml

        text = yaml.dump(
            orjson.loads(self.json),
            Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper),
            sort_keys=False,
            allow_unicode=True,
        )
        return text.encode()


def published() -> Published:
    """The schema of the current application."""
    schema: Published = current_app.extensions[_KEY]
    return schema


@bp.get("/api/schema/")
def schema() -> Response:
    """The schema: JSON, or YAML where ``Accept`` or ``?format=yaml`` asks for it."""
    if _wants_yaml():
        answer = Response(published().yaml, content_type="application/yaml; charset=utf-8")
    else:
        answer = Response(published().json, content_type="application/json")
    answer.headers["Cache-Control"] = "no-cache"
    answer.vary.add("Accept")
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@bp.get("/api/schema/swagger/")
@bp.get("/api/docs/")
def swagger() -> Response:
    """Swagger UI."""
    return _reader("swagger", "style-src 'self' 'unsafe-inline'")


@bp.get("/api/schema/redoc/")
@bp.get("/api/redoc/")
def redoc() -> Response:
    """ReDoc."""
    return _reader("redoc", "style-src 'self' 'unsafe-inline'; worker-src 'self' blob:")


def _wants_yaml() -> bool:
    asked = request.args.get("format")
    if asked in ("json", "yaml"):
        return asked == "yaml"
    kinds = ["application/json", "application/yaml", "application/x-yaml", "text/yaml"]
    kinds.append("application/vnd.oai.openapi")
    return (request.accept_mimetypes.best_match(kinds) or kinds[0]) != "application/json"


def _reader(name: str, policy: str) -> Response:
    answer = make_response(render_template(f"api/{name}.html"))
    strict = [part for part in CONTENT_SECURITY_POLICY.split("; ") if not part.startswith("style-src")]
    answer.headers["Content-Security-Policy"] = "; ".join([*strict, policy])
    return answer


def _build(blueprints: Sequence[Routes]) -> dict[str, Any]:
    """Register the routes with a second, silent application that exists for the schema alone.

    flask-smorest writes its schema while blueprints are registered, which would make every start of a
    process pay for it.
    """
    from apispec.ext.marshmallow import MarshmallowPlugin

    from ticketing.api import spec

    silent = Flask("schema")
    silent.url_map.converters["key"] = KeyConverter
    silent.config.update(API_TITLE="Ticketing API", API_VERSION="1.0.0", OPENAPI_VERSION="3.0.3")
    options = {"info": {"description": _DESCRIPTION}, "tags": [{"name": name} for name in _TAGS]}
    plugin = MarshmallowPlugin(schema_name_resolver=spec.component_name)  # type: ignore[arg-type]
    api = spec.Documentation(silent, spec_kwargs={"marshmallow_plugin": plugin, **options})
    api.register_converter(KeyConverter, lambda _converter: _ANY_KEY)
    spec.describe_fields(plugin)
    for name, scheme in _SECURITY_SCHEMES.items():
        api.spec.components.security_scheme(name, scheme)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    return spec.finished(api.spec.to_dict())


@commands.command("write")
@click.argument("path", type=click.File("wb"))
def write(path: Any) -> None:
    """Write the schema to a file; one that ends in .yaml is YAML."""
    path.write(published().yaml if path.name.endswith((".yaml", ".yml")) else published().json + b"\n")


def init_openapi(app: Flask, blueprints: Sequence[Routes]) -> None:
    """Publish the routes of these blueprints."""
    app.extensions[_KEY] = Published(blueprints)
    app.register_blueprint(bp)
    app.cli.add_command(commands)
