"""What every form shares: fields that clean their text, and refusals that find their way to a field."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import StringField

from ticketing.errors import Refusal


def clean(text: str | None) -> str:
    """The text without the white space around it and without characters that no database keeps."""
    return (text or "").replace("\x00", "").strip()


class Text(StringField):
    """A line of text, cleaned."""

    def __init__(self, label: str = "", validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, filters=(clean,), **options)


def show_refusal(form: FlaskForm, refusal: Refusal) -> None:
    """Put a service's sentences next to the fields that they name, the rest at the top of the form."""
    placed = False
    for name, sentences in refusal.fields.items():
        if name in form:
            form[name].errors = [*form[name].errors, *sentences]
            placed = True
    if not placed:
        form.form_errors = [*form.form_errors, refusal.sentence]
