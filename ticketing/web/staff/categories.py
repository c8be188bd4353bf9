"""Every category of events: found, added, changed, switched on and off, deleted while unused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.validators import DataRequired, Length, Optional, Regexp

from ticketing.models import EventCategory
from ticketing.policy import Permission
from ticketing.queries.staff import kinds as reading
from ticketing.services import categories as writing
from ticketing.web.actor import current_actor
from ticketing.web.forms import Lines, Text, carried_out
from ticketing.web.staff import asking, words
from ticketing.web.staff.asking import Answer, Bulk, BulkDeed, Deed, offer_bulk
from ticketing.web.staff.frame import bp
from ticketing.web.staff.lists import YES_NO, View, asked

_LONGEST_TEXT = 2_000


class CategoryForm(FlaskForm):
    """What a category says of itself. Without a slug one is made of the name, or the old one stays."""

    name = Text(
        _l("Name"), [DataRequired(_l("Please give it a name.")), Length(max=EventCategory.name.type.length)]
    )
    slug = Text(
        _l("Slug"),
        [
            Optional(),
            Length(max=EventCategory.slug.type.length),
            Regexp(r"^[a-z0-9]+(-[a-z0-9]+)*$", message=_l("Small letters, digits and hyphens only.")),
        ],
    )
    description = Lines(_l("Description"), [Length(max=_LONGEST_TEXT)])
    is_active = BooleanField(_l("In use: organizers can choose it"), default=True)

    def values(self) -> dict[str, Any]:
        """What was typed, as the service takes it."""
        return {name: self[name].data for name in ("name", "slug", "description", "is_active")}


@bp.get("/categories/")
def categories() -> str:
    """Categories; searched, filtered and sorted by the address alone."""
    given = {"q": asked("q"), "active": asked("active", YES_NO)}
    view = View.of("staff.categories", given, reading.SORTS, "name")
    page = reading.find_categories(
        current_actor(),
        words=given["q"],
        active=YES_NO.get(given["active"]),
        sort=view.sort,
        page=view.page,
    )
    return render_template(
        "staff/categories.html", page=page, view=view, words=words, bulk=asking.bulk_deeds("categories")
    )


@bp.route("/categories/new", methods=["GET", "POST"])
def new_category() -> Answer:
    """Add one."""
    form = CategoryForm()
    return _written(form, None, lambda: writing.create(current_actor(), **form.values()))


@bp.route("/categories/<uuid:category>", methods=["GET", "POST"])
def category(category: UUID) -> Answer:
    """What one says of itself."""
    found = reading.get(current_actor(), category)
    form = CategoryForm(obj=found)
    return _written(form, found, lambda: writing.update(current_actor(), category, **form.values()))


def _written(form: CategoryForm, found: Any, write: Callable[[], object]) -> Answer:
    if carried_out(form, write) is not None:
        flash(_("The category is changed.") if found else _("The category is added."), "success")
        return redirect(url_for("staff.categories"), 303)
    deeds = asking.offered(DEEDS, found) if found else {}
    page = render_template("staff/category.html", form=form, category=found, deeds=deeds)
    return (page, 400) if form.is_submitted() else page


#: By the name that stands in the address.
DEEDS: dict[str, Deed] = {
    "delete": Deed(
        _l("Delete"),
        _l("Delete this category?"),
        _l("It leaves every list. Categories that events have stay; they can be switched off instead."),
        _l("The category is deleted."),
        writing.delete,
        Permission.CATEGORY_MANAGE,
        lambda category: not category.events,
        is_grave=True,
    )
}


@bp.route("/categories/<uuid:category>/delete", methods=["GET", "POST"])
def delete_category(category: UUID) -> Answer:
    """Whether an unused one shall be deleted."""
    found = reading.get(current_actor(), category)
    deed = asking.deed_named(DEEDS, "delete", found)
    return asking.ask(deed, found, back=url_for("staff.categories"), about=found.name)


offer_bulk(
    "categories",
    Bulk(
        "staff.categories",
        reading.named,
        {
            "switch-on": BulkDeed(
                _l("Switch on"),
                lambda n: ngettext("Switch %(num)s category on?", "Switch %(num)s categories on?", n),
                _l("Organizers can choose them for their events."),
                lambda n: ngettext("%(num)s category is on.", "%(num)s categories are on.", n),
                lambda actor, key: writing.update(actor, key, is_active=True),
                Permission.CATEGORY_MANAGE,
            ),
            "switch-off": BulkDeed(
                _l("Switch off"),
                lambda n: ngettext("Switch %(num)s category off?", "Switch %(num)s categories off?", n),
                _l("Nobody can choose them for further events. Events that have one keep it."),
                lambda n: ngettext("%(num)s category is off.", "%(num)s categories are off.", n),
                lambda actor, key: writing.update(actor, key, is_active=False),
                Permission.CATEGORY_MANAGE,
            ),
        },
    ),
)
