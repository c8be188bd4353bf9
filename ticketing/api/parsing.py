"""Reading what a request brings: its body, its query, and which rows of a list it wants."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson
from flask import current_app, request
from marshmallow import Schema, ValidationError

from ticketing.api.fields import In, Whole
from ticketing.errors import Invalid

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def body(schema: Schema) -> dict[str, Any]:
    """The request's body, checked. JSON whatever its content type says, unless that names a form.

    :raises Invalid: it is no JSON object, or some of its fields do not fit.
    """
    return _checked(schema, _raw())


def query(schema: Schema) -> dict[str, Any]:
    """The query string's parameters, checked; of repeated ones the first, empty ones count as absent.

    :raises Invalid: some of them do not fit.
    """
    return _checked(schema, {name: value for name, value in request.args.items() if value != ""})


class Said(NamedTuple):
    """A body of one of several shapes: of which, and what it says."""

    shape: type[Schema]
    fields: dict[str, Any]


class Either(dict[str, Any]):
    """A body that has one of several shapes. It documents itself like ``one_of``; the view gets ``Said``.

    :param choose: finds the shape of a raw body.
    :param overlap: a body may fit several (``anyOf``), as it does where nothing is required.
    """

    def __init__(
        self,
        choose: Callable[[dict[str, Any]], type[Schema]],
        *schemas: type[Schema] | Schema,
        overlap: bool = False,
    ) -> None:
        super().__init__({"anyOf" if overlap else "oneOf": list(schemas)})
        instances = [schema() if isinstance(schema, type) else schema for schema in schemas]
        self._choose, self._known = choose, {type(schema): schema for schema in instances}

    def read(self) -> Said:
        """The request's body, checked by its own shape's schema.

        :raises Invalid: it is no JSON object, or some of its fields do not fit.
        """
        given = _raw()
        shape = self._choose(given)
        return Said(shape, _checked(self._known[shape], given))


def _raw() -> dict[str, Any]:
    return _form() if request.mimetype in _FORMS else _json()


def _form() -> dict[str, Any]:
    return dict(request.form.items())


def _json() -> dict[str, Any]:
    raw = request.get_data()
    if not raw.strip():
        return {}
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Invalid("malformed_json", f"JSON parse error: {error}") from error
    if not isinstance(found, dict):
        raise Invalid("not_an_object", "The body must be a JSON object.")
    return found


def _checked(schema: Schema, given: dict[str, Any]) -> dict[str, Any]:
    try:
        checked: dict[str, Any] = schema.load(given)
    except ValidationError as error:
        raise Invalid.in_fields(_flat(error.messages)) from None
    return checked


def _flat(messages: Any, path: str = "") -> dict[str, list[str]]:
    """``{"items": {0: {"price": […]}}}`` → ``{"items.0.price": […]}``."""
    if not isinstance(messages, dict):
        sentences = messages if isinstance(messages, list) else [messages]
        return {path: [str(sentence) for sentence in sentences]}
    flat: dict[str, list[str]] = {}
    for name, below in messages.items():
        name = "non_field_errors" if name == "_schema" else str(name)
        flat |= _flat(below, f"{path}.{name}" if path else name)
    return flat


def _reader(schema: type[Schema] | Schema | Either, location: str) -> Callable[[], Any]:
    if isinstance(schema, Either):
        return schema.read
    instance = schema() if isinstance(schema, type) else schema
    return functools.partial({"json": body, "query": query}[location], instance)


class Parser:
    """What ``Blueprint.arguments`` reads with, in webargs' place: no 422, no second error format."""

    DEFAULT_VALIDATION_STATUS = 400

    def use_args(
        self, schema: type[Schema] | Schema | Either, *, location: str
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Give the view what was read as its first argument."""
        read = _reader(schema, location)

        def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(view)
            def reading(*args: Any, **kwargs: Any) -> Any:
                return view(read(), *args, **kwargs)

            return reading

        return decorator


class ListQuery(In):
    """Which rows of a bare array."""

    offset = Whole(
        load_default=0,
        metadata={"description": "How many rows to leave out: what the `Link` header of a capped list says."},
    )


class Window(NamedTuple):
    """Rows to fetch: ``limit`` is one more than is shown, which tells whether there are more."""

    limit: int
    offset: int


def window(asked: dict[str, Any]) -> Window:
    """The rows that a ``ListQuery`` asks for, at most ``LIST_CAP`` of them."""
    return Window(current_app.config["LIST_CAP"] + 1, asked["offset"])
