"""The sentences of pages and mails: gathered out of the code, brought into each language's file, compiled.

python -m tests.support.translations      what `make translations` runs
"""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from ticketing.config import LANGUAGES, ROOT

SOURCE = ROOT / "ticketing"
FOLDER = SOURCE / "translations"
#: Every language but the one that the code is written in.
TRANSLATED = LANGUAGES[1:]
#: Beside gettext's own: sentences of refusals, which the pages translate when they show them.
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "said": None,
    "Invalid": (2,),
    "_refused": (2,),
    "_refusal": (2,),
    "Conflict": (2,),
    "NotAllowed": (1,),
    "Unavailable": (1,),
    "GatewayDown": (1,),
}
#: A line of such a file: long enough that a sentence is seldom broken.
_WIDTH = 120
#: A date would make each compilation another one.
_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)


def gathered() -> Catalog:
    """Every sentence that the code asks a translation for, with the files that do."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file, "babel.cfg")
    catalog = Catalog(charset="utf-8")
    for name, _line, message, comments, context in extract_from_dir(
        SOURCE,
        methods,
        options,
        KEYWORDS,
        ("L10n:",),
        strip_comment_tags=True,
        # By itself it would pass by the macros, whose folder begins with a dash.
        directory_filter=lambda folder: Path(folder).name not in ("__pycache__", "static", "translations"),
    ):
        if message:
            catalog.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    return catalog


def path_of(language: str, suffix: str = "po") -> Path:
    """Where the sentences of a language are."""
    return FOLDER / language / "LC_MESSAGES" / f"messages.{suffix}"


def read(language: str) -> Catalog:
    """The sentences of a language as they are kept; none yet for a new one."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compiled(language: str) -> bytes:
    """What gettext reads: the same bytes for the same sentences."""
    catalog = read(language)
    catalog.creation_date = catalog.revision_date = _ALWAYS
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def is_whole(message: Message) -> bool:
    """Whether all forms of a sentence are translated, and nobody marked it as a guess."""
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(forms) and not message.fuzzy


def update(language: str, source: Catalog) -> int:
    """Bring the gathered sentences into a language's file; how many wait for their translation."""
    catalog = read(language)
    catalog.update(source, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=_WIDTH, sort_by_file=True, include_lineno=False, omit_header=True)
    path_of(language, "mo").write_bytes(compiled(language))
    return sum(not is_whole(message) for message in catalog if message.id)


def main() -> None:
    """Bring every language up to date."""
    source = gathered()
    for language in TRANSLATED:
        waiting = update(language, source)
        click.echo(f"{language}: {len(source) - waiting} of {len(source)} sentences translated")


if __name__ == "__main__":
    main()
