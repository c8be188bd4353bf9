"""Links that came by mail, and asking for them: verifying an address, a new password, a new address.

Opening a link shows a button and uses nothing up, because mail scanners open links, too.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError, validate_csrf
from werkzeug.wrappers import Response as AnyResponse
from wtforms import HiddenField, PasswordField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from ticketing.errors import Invalid
from ticketing.extensions import csrf
from ticketing.services import accounts
from ticketing.web.actor import current_actor, safe_path
from ticketing.web.caching import keep_private
from ticketing.web.forms import Text, refused, sentence_of, show_refusal

bp = Blueprint("recovery", __name__)
bp.after_request(keep_private)
csrf.exempt(bp)

Answer = str | AnyResponse | tuple[str, int]


@bp.before_request
def _guard_forms() -> None:
    """These pages send no referrer, for which the general guard asks on HTTPS: theirs is the token alone."""
    if request.method != "POST" or not current_app.config["WTF_CSRF_ENABLED"]:
        return
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError as error:
        raise CSRFError(str(error)) from error


@bp.after_request
def _tell_nobody(response: Response) -> Response:
    """The address of such a page is a secret: no other page learns it, and no search engine."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


class LinkForm(FlaskForm):
    """The secret of a mailed link."""

    token = HiddenField(validators=[Length(max=200)])


class AddressForm(FlaskForm):
    """Where a message is to go."""

    email = Text(
        lazy_gettext("E-mail address"),
        [DataRequired(lazy_gettext("Enter your e-mail address.")), Length(max=254)],
    )


class ResetForm(LinkForm):
    """A mailed link's secret and the password that is to be."""

    new_password = PasswordField(
        lazy_gettext("New password"),
        [InputRequired(lazy_gettext("Choose a password.")), Length(max=1024)],
    )


def _token() -> str:
    """The secret of this request, from the link or from the form that the link led to."""
    return (request.form if request.method == "POST" else request.args).get("token", "")


def _bad_link(purpose: str, refusal: Invalid | None = None) -> tuple[str, int]:
    sentence = _("It was used already, or it is too old.")
    if refusal is not None and refusal.code != "bad_token":
        sentence = sentence_of(refusal)
    return render_template("account/bad_link.html", purpose=purpose, sentence=sentence), 400


def _opened(purpose: str, template: str, form: LinkForm) -> Answer:
    """The page that a mailed link opens."""
    if not accounts.email_token_works(_token(), purpose):
        return _bad_link(purpose)
    return render_template(template, form=form)


@bp.get("/verify-email")
def verify_email() -> Answer:
    """Where the link of the verification mail leads; without a secret, a way to get another mail."""
    if not _token() and getattr(current_user, "email_verified_at", None):
        return redirect(url_for("settings.index") + "#email")
    if not _token():
        return render_template("account/verify_again.html", form=AddressForm())
    return _opened(accounts.VERIFY, "account/verify.html", LinkForm(formdata=None, token=_token()))


@bp.post("/verify-email")
def confirm_address() -> Answer:
    """Take note that the address is its holder's."""
    try:
        accounts.verify_email(current_actor(), _token())
    except Invalid as refusal:
        return _bad_link(accounts.VERIFY, refusal)
    flash(_("Thank you, your address is confirmed."), "success")
    return redirect(url_for("catalog.index"), 303)


@bp.post("/verify-email/again")
def send_again() -> Answer:
    """Send the verification mail once more. The answer tells nobody whether an account waits for it."""
    if current_user.is_authenticated:
        return _send_again_to(current_user.email)
    form = AddressForm()
    if not form.validate():
        return render_template("account/verify_again.html", form=form), 400
    accounts.resend_verification(current_actor(), form.email.data)
    return render_template("account/sent.html", purpose=accounts.VERIFY, email=form.email.data)


def _send_again_to(email: str) -> AnyResponse:
    accounts.resend_verification(current_actor(), email)
    flash(_("A message is on its way to %(email)s once more.", email=email), "success")
    return redirect(safe_path(request.form.get("next"), url_for("catalog.index")), 303)


@bp.get("/forgotten-password")
def forgotten() -> Answer:
    """Ask for a link that sets a new password."""
    return render_template("account/forgotten.html", form=AddressForm())


@bp.post("/forgotten-password")
def send_reset() -> Answer:
    """Send that link, if the address has an account; the answer is always the same."""
    form = AddressForm()
    if not form.validate():
        return render_template("account/forgotten.html", form=form), 400
    accounts.request_reset(current_actor(), form.email.data)
    return render_template("account/sent.html", purpose=accounts.RESET, email=form.email.data)


@bp.get("/reset-password")
def reset() -> Answer:
    """Where the link of that mail leads: choose a new password."""
    return _opened(accounts.RESET, "account/reset.html", ResetForm(formdata=None, token=_token()))


@bp.post("/reset-password")
def set_password() -> Answer:
    """Set the new password; every older session of the account ends."""
    form = ResetForm()
    if not form.validate():
        return render_template("account/reset.html", form=form), 400
    try:
        accounts.confirm_reset(current_actor(), _token(), form.new_password.data)
    except Invalid as refusal:
        if "token" in refusal.fields:
            return _bad_link(accounts.RESET, refusal)
        show_refusal(form, refusal)
        return refused(render_template("account/reset.html", form=form), refusal)
    flash(_("Your new password is set. Sign in with it now."), "success")
    return redirect(url_for("account.sign_in"), 303)


@bp.get("/confirm-email")
def new_address() -> Answer:
    """Where the link leads that goes to a new address."""
    form = LinkForm(formdata=None, token=_token())
    return _opened(accounts.CHANGE, "account/confirm_email.html", form)


@bp.post("/confirm-email")
def change_address() -> Answer:
    """Let the new address be the account's."""
    try:
        user = accounts.confirm_email_change(current_actor(), _token())
    except Invalid as refusal:
        return _bad_link(accounts.CHANGE, refusal)
    flash(_("Your account now uses %(email)s.", email=user.email), "success")
    return redirect(url_for("settings.index"), 303)
