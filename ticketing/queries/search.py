"""Finding events by words: one condition, whichever database keeps the index.

The index (``event_search``) is kept right by triggers, whoever writes; migration 0003 makes them. It holds
title, short description, description, tags, category, and name and city of the venue.
"""

from __future__ import annotations

import unicodedata

from sqlalchemy import BigInteger, ColumnElement, cast, column, false, func, literal, select, table
from sqlalchemy.dialects.postgresql import TSQUERY

from ticketing.extensions import db
from ticketing.models import Event

#: Its table, and with a suffix those that SQLite keeps for it. No model describes them.
INDEX = "event_search"
MAX_WORDS, MAX_WORD_LENGTH = 6, 50

_INDEX = table(INDEX, column("event_id", BigInteger), column("document"), column("rowid", BigInteger))

# On SQLite the triggers replace the same letters by the same ones; see migration 0003. PostgreSQL has a
# function for it that both sides use.
_LETTERS = "ÐØðøĐđĦħıŁłŦŧǠǡǮǯǾǿΆΈΉΊΌΎΏΐΪΫάέήίΰςϊϋόύώЀЁЃЇЌЍЎЙйѐёѓїќѝўѶѷӁӂӐӑӒӓӖӗӚӛӜӝӞӟӢӣӤӥӦӧӪӫӬӭӮӯӰӱӲӳӴӵӸӹ"
_PLAIN = "dododdhhillttaaʒʒooαεηιουωιιυαεηιυσιυουωеегікиуииеегікиуѵѵжжааааееәәжжззииииооөөээууууууччыы"
_PAIRS = {
    "Æ": "ae", "æ": "ae", "Ǣ": "ae", "ǣ": "ae", "Ǽ": "ae", "ǽ": "ae", "Œ": "oe", "œ": "oe",
    "ẞ": "ss", "ß": "ss", "Þ": "th", "þ": "th",
}  # fmt: skip
_FOLDED = str.maketrans(dict(zip(_LETTERS, _PLAIN, strict=True)) | _PAIRS)


def words_of(text: str) -> list[str]:
    """The words that are searched for: the first six, the first fifty letters of each.

    Letters and digits of any script, with the marks on them, make a word; everything else separates.
    """
    apart = "".join(each if unicodedata.category(each)[0] in "LMN" else " " for each in text)
    words = [word for word in apart.split() if any(each.isalnum() for each in word)]
    return [word[:MAX_WORD_LENGTH] for word in words[:MAX_WORDS]]


def matching(text: str) -> ColumnElement[bool]:
    """Events that have all of the words, each as the beginning of a word, whatever the case and the marks on
    letters. A text without any letter or digit finds nothing. Nothing in it is an operator."""
    words = words_of(text)
    if not words:
        return false()
    if db.engine.dialect.name == "sqlite":
        wanted = " ".join(f'"{word.translate(_FOLDED)}"*' for word in words)
        return Event.id.in_(select(_INDEX.c.rowid).where(column(INDEX).op("MATCH")(wanted)))
    wanted = " & ".join(f"'{word}':*" for word in words)
    # Folded as a whole: quotes and operators are not changed by it.
    query = cast(func.event_search_fold(literal(wanted)), TSQUERY)
    return Event.id.in_(select(_INDEX.c.event_id).where(_INDEX.c.document.op("@@")(query)))
