"""Putting an event on a website of one's own: the lines to copy, who may show them, and how it will look."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, url_for
from flask_login import login_required
from markupsafe import Markup

from ticketing.queries import catalog, editing
from ticketing.web.actor import current_actor
from ticketing.web.choice import choice_of
from ticketing.web.links import absolute_url
from ticketing.web.organizer.editor import bp
from ticketing.web.widget import allowed


@bp.get("/<uuid:event>/embedding")
@login_required
def embedding(event: UUID) -> str:
    """How the event gets onto another website."""
    row = editing.to_edit(current_actor(), event)
    shown = catalog.get_event(row.slug)
    return render_template(
        "organizer/embedding.html",
        event=row,
        shown=shown,
        choice=choice_of(shown),
        origins=allowed(shown.organization),
        settings=url_for("organizer_organization.settings", organization=shown.organization.uuid),
        snippet=_snippet(row.slug, row.title),
    )


def _snippet(slug: str, title: str) -> str:
    """What is copied: a script tag, with the title for those who cannot see the frame."""
    line = Markup('<script src="{}" data-event="{}" data-title="{}" async></script>')
    return str(line.format(absolute_url(url_for("widget.script")), slug, title))
