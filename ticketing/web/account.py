"""Signing up, in and out."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, PasswordField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from ticketing.errors import Invalid, TooMany
from ticketing.models import User
from ticketing.services import accounts, devices, throttle
from ticketing.services.accounts import EmailNotVerified, Person, WrongCredentials
from ticketing.web.actor import begin_session, current_actor, end_session, safe_path
from ticketing.web.caching import keep_private
from ticketing.web.forms import Text, refused, show_refusal
from ticketing.web.language import language

bp = Blueprint("account", __name__)
bp.after_request(keep_private)

Answer = str | Response | tuple[str, int]


class SignInForm(FlaskForm):
    """E-mail address and password."""

    email = Text(lazy_gettext("E-mail address"), [InputRequired(lazy_gettext("Enter your e-mail address."))])
    password = PasswordField(
        lazy_gettext("Password"), [InputRequired(lazy_gettext("Enter your password.")), Length(max=1024)]
    )
    remember = BooleanField(lazy_gettext("Keep me signed in on this device"))


class SignUpForm(FlaskForm):
    """What an account needs to begin with."""

    user_type = RadioField(
        lazy_gettext("What brings you here?"),
        choices=[
            SelectChoice("consumer", lazy_gettext("I go to events")),
            SelectChoice("organizer", lazy_gettext("I organize events")),
        ],
        default="consumer",
    )
    first_name = Text(lazy_gettext("First name"), [Length(max=150)])
    last_name = Text(lazy_gettext("Last name"), [Length(max=150)])
    email = Text(
        lazy_gettext("E-mail address"),
        [InputRequired(lazy_gettext("Enter your e-mail address.")), Length(max=254)],
    )
    password = PasswordField(
        lazy_gettext("Password"), [InputRequired(lazy_gettext("Choose a password.")), Length(max=1024)]
    )


def _onward() -> str:
    return safe_path(request.args.get("next"), url_for("catalog.index"))


def _page(template: str, form: FlaskForm, status: int = 200) -> Answer:
    return _drawn(template, form), status


def _drawn(template: str, form: FlaskForm, *, unverified: bool = False) -> str:
    onward = _onward() if "next" in request.args else None
    return render_template(template, form=form, onward=onward, unverified=unverified)


@bp.get("/sign-in")
def sign_in() -> Answer:
    """The door for those who have an account."""
    if current_user.is_authenticated:
        return redirect(_onward())
    return _page("account/sign_in.html", SignInForm())


@bp.post("/sign-in")
def open_session() -> Answer:
    """Sign in, and go on where the visitor came from."""
    form, actor = SignInForm(), current_actor()
    device = request.cookies.get(devices.COOKIE)
    if not form.validate():
        return _page("account/sign_in.html", form, 400)
    try:
        with throttle.trying_a_password("sign_in", actor.address, form.email.data, device):
            user = accounts.authenticate(actor, form.email.data, form.password.data)
    except (WrongCredentials, EmailNotVerified, TooMany) as refusal:
        show_refusal(form, refusal)
        unverified = isinstance(refusal, EmailNotVerified)
        return refused(_drawn("account/sign_in.html", form, unverified=unverified), refusal)
    begin_session(user, remember=form.remember.data)
    return _remember_device(redirect(_onward(), 303), device, user)


def _remember_device(answer: Response, device: str | None, user: User) -> Response:
    """From here on this browser is told apart from strangers who try the same account."""
    answer.set_cookie(
        devices.COOKIE,
        devices.remembered(device, user),
        max_age=devices.LIFE,
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        samesite="Lax",
    )
    return answer


@bp.get("/sign-up")
def sign_up() -> Answer:
    """The door for those who have none yet."""
    if current_user.is_authenticated:
        return redirect(_onward())
    return _page("account/sign_up.html", SignUpForm())


@bp.post("/sign-up")
def open_account() -> Answer:
    """Open an account, sign in at once, and remind of the mail that went out."""
    form, actor = SignUpForm(), current_actor()
    if not form.validate():
        return _page("account/sign_up.html", form, 400)
    try:
        throttle.take_sign_up(actor.address)
        user = accounts.register(actor, _person(form))
    except (Invalid, TooMany) as refusal:
        show_refusal(form, refusal)
        return refused(_drawn("account/sign_up.html", form), refusal)
    begin_session(user)
    flash(_("Welcome! Your account is ready."), "success")
    return _remember_device(redirect(_onward(), 303), request.cookies.get(devices.COOKIE), user)


def _person(form: SignUpForm) -> Person:
    return Person(
        form.email.data,
        form.password.data,
        first_name=form.first_name.data,
        last_name=form.last_name.data,
        user_type=form.user_type.data,
        language=language(),
    )


@bp.post("/sign-out")
def sign_out() -> Response:
    """Leave."""
    end_session()
    flash(_("You are signed out."), "success")
    return redirect(url_for("catalog.index"), 303)
