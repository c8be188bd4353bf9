"""What may stand in an address."""

from __future__ import annotations

from werkzeug.routing import BaseConverter


class SlugConverter(BaseConverter):
    """A readable key: letters, digits, hyphens and underscores. Anything else is no page of ours."""

    regex = r"[A-Za-z0-9_-]{1,280}"
