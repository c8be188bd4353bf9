"""A blueprint that lets in, documents and answers the same way at every door."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

import flask_smorest
from flask import Flask, Response, current_app, jsonify, request
from marshmallow import Schema
from werkzeug.routing import BaseConverter, ValidationError

from ticketing.api.fields import usable_key
from ticketing.api.identity import Access, admit, current_actor
from ticketing.api.limits import Counted, count_call
from ticketing.api.parsing import Parser, Window
from ticketing.extensions import csrf
from ticketing.queries.keys import Key
from ticketing.services import idempotency
from ticketing.services.idempotency import Idempotency

View = Callable[..., Any]
T = TypeVar("T")

#: Component names of the documented errors, by status.
_REFUSALS = {status: HTTPStatus(status).name for status in (400, 401, 403, 404, 409, 413, 429, 500, 502, 503)}
_SECURITY = {
    Access.SIGNED_IN: [{"bearer": []}, {"cookie": []}],
    Access.ANYBODY: [{}, {"bearer": []}, {"cookie": []}],
    Access.UNCHECKED: [{}],
}
_IDEMPOTENCY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.LONGEST_KEY},
    "description": "Repeating a request with the same key and body gives the first answer again and does "
    "nothing; with another body it is refused (409). Kept for 24 hours.",
}


class KeyConverter(BaseConverter):
    """An id in either form, or a slug. What no row can have is no address of ours: 404."""

    def to_python(self, value: str) -> Key:
        """The key as queries want it."""
        key = usable_key(value)
        if key is None:
            raise ValidationError
        return key


class Routes(flask_smorest.Blueprint):
    """Routes of one resource. Every one needs an account unless it says otherwise (``access=``).

    A handler is decorated, from the outside in, with its route, ``arguments``, ``once``, ``response`` and
    ``refuses``; what can be refused because of the route's form is documented without being said.
    """

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, *, prefix: str, tag: str) -> None:
        super().__init__(name, __name__, url_prefix=prefix)
        self.tag = tag
        csrf.exempt(self)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: View | None = None,
        provide_automatic_options: bool | None = None,
        *,
        access: Access = Access.SIGNED_IN,
        counted: Counted = Counted.GENERALLY,
        **options: Any,
    ) -> None:
        """See ``flask.Blueprint.add_url_rule``; ``access`` says who may call the route at all, ``counted``
        from which bucket a call is taken."""
        if view_func is None:
            raise TypeError("a route needs its view")
        view = _documented(view_func, f"{self.url_prefix}{rule}", access, options.get("methods", ["GET"]))
        options["tags"] = [self.tag]
        super().add_url_rule(
            rule, endpoint, _guarded(view, access, counted), provide_automatic_options, **options
        )

    def response(
        self,
        status_code: int,
        schema: type[Schema] | Schema | dict[str, Any] | None = None,
        *,
        description: str | None = None,
        headers: dict[str, Any] | None = None,
    ) -> Callable[[View], View]:
        """Document the answer, and send what the view returns as JSON with that status.

        The schema documents only: presenters build plain values, which is ten times quicker than dumping
        a thousand rows through it. The tests hold every answer against it.
        """
        document = self.alt_response(
            status_code, schema=schema, description=description, headers=headers, success=True
        )

        def decorator(view: View) -> View:
            @functools.wraps(view)
            def answering(*args: Any, **kwargs: Any) -> Response:
                return _response(view(*args, **kwargs), status_code)

            documented: View = document(answering)
            return documented

        return decorator

    def refuses(self, *statuses: int) -> Callable[[View], View]:
        """Document further refusals: those that the route's form does not tell."""

        def decorator(view: View) -> View:
            for status in statuses:
                view = self.alt_response(status, _REFUSALS[status])(view)
            return view

        return decorator

    def once(self, route: str) -> Callable[[View], View]:
        """Honour ``Idempotency-Key``: the view gets ``once=``, and a replay gets the first answer."""

        def decorator(view: View) -> View:
            @functools.wraps(view)
            def doing_once(*args: Any, **kwargs: Any) -> Response:
                return _once(route, functools.partial(view, *args, **kwargs))

            doc = {"parameters": [_IDEMPOTENCY_HEADER], "responses": {409: _REFUSALS[409]}}
            documented: View = self.doc(**doc)(doing_once)
            return documented

        return decorator


def one_of(*schemas: type[Schema], many: bool = False) -> dict[str, Any]:
    """Documents an answer that has one of several shapes; with ``many``, an array of one of them."""
    either: dict[str, Any] = {"oneOf": list(schemas)}
    return {"type": "array", "items": either} if many else either


def bare_array(rows: Sequence[T], window: Window, present: Callable[[T], Any]) -> Response:
    """The rows that fit the window as a bare array, with a link to the next ones where there are more."""
    cap = window.limit - 1
    answer = jsonify([present(row) for row in rows[:cap]])
    if len(rows) > cap:
        asked = [(name, value) for name, value in request.args.items(multi=True) if name != "offset"]
        url = f"{request.base_url}?{urlencode([*asked, ('offset', window.offset + cap)])}"
        answer.headers["Link"] = f'<{url}>; rel="next"'
    return answer


def _response(result: Any, status: int) -> Response:
    if isinstance(result, Response):
        return result
    answer = current_app.response_class() if result is None else jsonify(result)
    answer.status_code = status
    return answer


def _once(route: str, view: Callable[..., Response]) -> Response:
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return view(once=None)
    # What a request asks for is also which object it names.
    asked = f"{request.path.rstrip('/')}\n".encode() + request.get_data()
    once = Idempotency.of(route, given, asked)
    earlier = idempotency.earlier_answer(current_actor(), once)
    if earlier is not None:
        answer = current_app.response_class(earlier[1], earlier[0], mimetype="application/json")
        answer.headers["Idempotency-Replayed"] = "true"
        return answer
    answer = view(once=once)
    idempotency.remember_answer(current_actor(), once, answer.status_code, answer.get_data(as_text=True))
    return answer


def _guarded(view: View, access: Access, counted: Counted) -> View:
    @functools.wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Response:
        admit(access)
        count_call(counted)
        answer = view(*args, **kwargs)
        if access is Access.UNCHECKED or current_actor().is_signed_in:
            # What is meant for one account, or is a token, rests in no cache.
            answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    return guarded


def _documented(view: View, rule: str, access: Access, methods: Sequence[str]) -> View:
    """The view with the refusals that its route's form brings along."""
    statuses = {429, 500, 503}
    known = getattr(view, "_apidoc", {})
    if any(parameter["in"] == "json" for parameter in known.get("arguments", {}).get("parameters", ())):
        statuses.add(413)
    if access is not Access.UNCHECKED:
        statuses.add(401)
        if any(method not in ("GET", "HEAD", "OPTIONS") for method in methods):
            statuses.add(403)
    if "<" in rule:
        statuses.add(404)
    responses = {status: _REFUSALS[status] for status in sorted(statuses)}
    documented: View = flask_smorest.Blueprint.doc(
        responses=responses, security=_SECURITY[access], operationId=view.__name__
    )(view)
    return documented


def init_routes(app: Flask) -> None:
    """Let routes say ``<key:…>``."""
    app.url_map.converters["key"] = KeyConverter
