"""What every form shares: fields that clean their text, and refusals that find their way to a field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, make_response
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from ticketing.errors import Invalid, Refusal, TooMany
from ticketing.web.language import translated

Done = TypeVar("Done")


def clean(text: str | None) -> str:
    """The text without the white space around it and without characters that no database keeps."""
    return (text or "").replace("\x00", "").strip()


class Text(StringField):
    """A line of text, cleaned."""

    def __init__(self, label: str = "", validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, filters=(clean,), **options)


class Lines(TextAreaField):
    """Several lines of text, cleaned."""

    def __init__(self, label: str = "", validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, filters=(clean,), **options)


def sentence_of(refusal: Refusal) -> str:
    """What people are told, in their language: a wait is told in minutes."""
    if not isinstance(refusal, TooMany):
        return translated(refusal.sentence)
    minutes = -(-refusal.retry_after // 60)
    return ngettext(
        "That was too often. Please wait %(num)s minute and try again.",
        "That was too often. Please wait %(num)s minutes and try again.",
        minutes,
    )


def refused(page: str, refusal: Refusal) -> Response:
    """The page with the form on it once more, under the refusal's status."""
    answer = make_response(page, 429 if isinstance(refusal, TooMany) else 400)
    if isinstance(refusal, TooMany):
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


def carried_out(form: FlaskForm, deed: Callable[[], Done]) -> Done | None:
    """What the deed has made, once the form is sent and right. None otherwise: what is wrong, or refused,
    stands in the form."""
    if not form.validate_on_submit():
        return None
    try:
        return deed()
    except Invalid as refusal:
        show_refusal(form, refusal)
        return None


def show_refusal(form: FlaskForm, refusal: Refusal) -> None:
    """Put a service's sentences next to the fields that they name, the rest at the top of the form."""
    placed = False
    for name, sentences in refusal.fields.items():
        if name in form:
            form[name].errors = [*form[name].errors, *map(translated, sentences)]
            placed = True
    if not placed:
        form.form_errors = [*form.form_errors, sentence_of(refusal)]
