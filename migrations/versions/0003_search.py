"""The index that events are found by, kept right by triggers

Revision: 0003, after 0002
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What a letter is searched as where taking its marks off is not enough, or where the index of SQLite does
# not take them off. `ticketing/queries/search.py` does the same to what a visitor types: whoever changes
# one of them writes a migration that fills the index anew.
_LETTERS = "ÐØðøĐđĦħıŁłŦŧǠǡǮǯǾǿΆΈΉΊΌΎΏΐΪΫάέήίΰςϊϋόύώЀЁЃЇЌЍЎЙйѐёѓїќѝўѶѷӁӂӐӑӒӓӖӗӚӛӜӝӞӟӢӣӤӥӦӧӪӫӬӭӮӯӰӱӲӳӴӵӸӹ"
_PLAIN = "dododdhhillttaaʒʒooαεηιουωιιυαεηιυσιυουωеегікиуииеегікиуѵѵжжааааееәәжжззииииооөөээууууууччыы"
_PAIRS = {
    "Æ": "ae", "æ": "ae", "Ǣ": "ae", "ǣ": "ae", "Ǽ": "ae", "ǽ": "ae", "Œ": "oe", "œ": "oe",
    "ẞ": "ss", "ß": "ss", "Þ": "th", "þ": "th",
}  # fmt: skip
# Further text of one event is not searched.
_LENGTH = 100_000
# A visitor's word has at most fifty letters; some of them are written as two here.
_WORD = 100

_OF_EVENT = ("title", "short_description", "description", "tags", "venue_id", "category_id")
_OF_PLACES = {"venues": ("venue_id", ("name", "city")), "event_categories": ("category_id", ("name",))}
_JOINED = (
    "FROM events AS e JOIN venues AS v ON v.id = e.venue_id"
    " LEFT JOIN event_categories AS c ON c.id = e.category_id"
)


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        _make_on_sqlite()
    else:
        _make_on_postgresql()


def downgrade() -> None:
    on_sqlite = op.get_context().dialect.name == "sqlite"
    names = ["events_search_insert", "events_search_update", "events_search_delete"]
    for name in names if on_sqlite else names[:2]:
        op.execute(f"DROP TRIGGER {name}" + ("" if on_sqlite else " ON events"))
    for table in _OF_PLACES:
        op.execute(f"DROP TRIGGER {table}_search_update" + ("" if on_sqlite else f" ON {table}"))
    if on_sqlite:
        op.execute("DROP VIEW event_search_words")
    else:
        for name in ("of_event", "of_venues", "of_event_categories"):
            op.execute(f"DROP FUNCTION event_search_{name}()")
        op.execute("DROP FUNCTION event_search_document(text)")
        op.execute("DROP FUNCTION event_search_fold(text)")
    op.execute("DROP TABLE event_search")


def _is_separator(character: str) -> bool:
    """Everything but letters, digits and the marks on them; symbols of years to come will stand among the
    emoji of today."""
    category = unicodedata.category(character)
    return "\U0001f10d" <= character <= "\U0001faff" or category[0] in "PSZ" or category in ("Cc", "Cf", "Co")


def _when_changed(table: str, columns: tuple[str, ...], differs: str) -> str:
    """Selling tickets changes events, too, and must not pay for the index."""
    changed = " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in columns)
    return f"AFTER UPDATE OF {', '.join(columns)} ON {table} {{}} WHEN ({changed})"


# --- SQLite ---------------------------------------------------------------------------------------------


def _make_on_sqlite() -> None:
    tokenizer = f"unicode61 remove_diacritics 2 categories 'L* N* M*' separators '{_young_separators()}'"
    op.execute(
        "CREATE VIRTUAL TABLE event_search"
        f" USING fts5(words, prefix='2 3', columnsize=0, tokenize=\"{tokenizer}\")"
    )
    op.execute(f"CREATE VIEW event_search_words AS {_words_on_sqlite()}")
    fill = "INSERT INTO event_search (rowid, words) SELECT event_id, words FROM event_search_words"
    op.execute(fill)
    again = f"DELETE FROM event_search WHERE rowid = NEW.id; {fill} WHERE event_id = NEW.id;"
    _trigger("events_search_insert", "AFTER INSERT ON events", again)
    _trigger("events_search_update", _when_changed("events", _OF_EVENT, "IS NOT").format(""), again)
    gone = "DELETE FROM event_search WHERE rowid = OLD.id;"
    _trigger("events_search_delete", "AFTER DELETE ON events", gone)
    for table, (link, columns) in _OF_PLACES.items():
        theirs = f"IN (SELECT id FROM events WHERE {link} = NEW.id)"
        again = f"DELETE FROM event_search WHERE rowid {theirs}; {fill} WHERE event_id {theirs};"
        _trigger(f"{table}_search_update", _when_changed(table, columns, "IS NOT").format(""), again)


def _trigger(name: str, moment: str, deeds: str) -> None:
    op.execute(f"CREATE TRIGGER {name} {moment} BEGIN {deeds} END")


def _young_separators() -> str:
    """Those that the tokenizer may not know, because its tables are old: it takes them for letters."""
    return "".join(
        character
        for character in map(chr, range(0x80, 0x20000))
        if _is_separator(character) and unicodedata.ucd_3_2_0.category(character) == "Cn"
    )


def _words_on_sqlite() -> str:
    """Twenty replacements a step: its parser nests no deeper."""
    text = (
        "e.title || ' ' || e.short_description || ' ' || e.tags || ' ' || v.name || ' ' || v.city"
        " || ' ' || coalesce(c.name, '') || ' ' || e.description"
    )
    steps = [f"step_0 (event_id, words) AS (SELECT e.id, substr({text}, 1, {_LENGTH}) {_JOINED})"]
    folds = [*zip(_LETTERS, _PLAIN, strict=True), *_PAIRS.items()]
    for start in range(0, len(folds), 20):
        words = "words"
        for letter, plain in folds[start : start + 20]:
            words = f"replace({words}, '{letter}', '{plain}')"
        last = len(steps) - 1
        steps.append(f"step_{last + 1} (event_id, words) AS (SELECT event_id, {words} FROM step_{last})")
    return f"WITH {', '.join(steps)} SELECT event_id, words FROM step_{len(steps) - 1}"


# --- PostgreSQL -----------------------------------------------------------------------------------------


def _make_on_postgresql() -> None:
    op.execute(
        "CREATE TABLE event_search ("
        " event_id BIGINT CONSTRAINT pk_event_search PRIMARY KEY"
        " CONSTRAINT fk_event_search_event_id REFERENCES events (id) ON DELETE CASCADE,"
        " document TSVECTOR NOT NULL)"
    )
    _function("fold(text)", "text", "sql IMMUTABLE STRICT PARALLEL SAFE", f"SELECT {_folded('$1')}")
    _function(
        "document(text)",
        "tsvector",
        "sql IMMUTABLE STRICT PARALLEL SAFE",
        f"SELECT array_to_tsvector(coalesce(array_agg(DISTINCT left(word, {_WORD})), '{{}}'))"
        f" FROM regexp_split_to_table(event_search_fold(left($1, {_LENGTH})), '[{_separators()}]+') AS word"
        " WHERE word <> ''",
    )
    op.execute(_fill())
    op.execute("CREATE INDEX ix_event_search_document ON event_search USING gin (document)")
    _make_triggers_on_postgresql()


def _function(signature: str, returns: str, how: str, body: str) -> None:
    op.execute(
        f"CREATE FUNCTION event_search_{signature} RETURNS {returns} LANGUAGE {how} AS $body$ {body} $body$"
    )


def _fill(condition: str = "TRUE") -> str:
    """Write the documents of these events, in ascending id: two at once wait for each other, never crosswise."""
    text = "concat_ws(' ', e.title, e.short_description, e.tags, v.name, v.city, c.name, e.description)"
    return (
        "INSERT INTO event_search (event_id, document)"
        f" SELECT e.id, event_search_document({text}) {_JOINED} WHERE {condition} ORDER BY e.id"
        " ON CONFLICT (event_id) DO UPDATE SET document = excluded.document"
    )


def _make_triggers_on_postgresql() -> None:
    # A venue or category that is being renamed is waited for: its old name would stay in the index.
    waits = (
        "PERFORM 1 FROM venues WHERE id = NEW.venue_id FOR SHARE;"
        " PERFORM 1 FROM event_categories WHERE id = NEW.category_id FOR SHARE;"
    )
    _trigger_function("of_event", f"{waits} {_fill('e.id = NEW.id')}")
    run = "FOR EACH ROW EXECUTE FUNCTION event_search_of_event()"
    op.execute(f"CREATE TRIGGER events_search_insert AFTER INSERT ON events {run}")
    _update_trigger("events", _OF_EVENT, "of_event")
    for table, (link, columns) in _OF_PLACES.items():
        _trigger_function(f"of_{table}", _fill(f"e.{link} = NEW.id"))
        _update_trigger(table, columns, f"of_{table}")


def _trigger_function(name: str, deeds: str) -> None:
    _function(f"{name}()", "trigger", "plpgsql", f"BEGIN {deeds}; RETURN NULL; END")


def _update_trigger(table: str, columns: tuple[str, ...], function: str) -> None:
    moment = _when_changed(table, columns, "IS DISTINCT FROM").format("FOR EACH ROW")
    op.execute(f"CREATE TRIGGER {table}_search_update {moment} EXECUTE FUNCTION event_search_{function}()")


def _folded(text: str) -> str:
    """Without marks, then what is not made of a letter and a mark, then without capitals."""
    folded = f"normalize(regexp_replace(normalize({text}, NFD), '[\\u0300-\\u036f]+', '', 'g'), NFC)"
    for letters, plain in _PAIRS.items():
        folded = f"replace({folded}, '{letters}', '{plain}')"
    whole = [
        (letter, plain)
        for letter, plain in zip(_LETTERS, _PLAIN, strict=True)
        if unicodedata.normalize("NFD", letter) == letter
    ]
    letters, plain = map("".join, zip(*whole, strict=True))
    return f"lower(translate({folded}, '{letters}', '{plain}'))"


def _separators() -> str:
    """As ranges of a bracket expression. Its classes (`[:alnum:]`) depend on the locale of the database."""
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in _separator_ranges())


def _separator_ranges() -> Iterator[tuple[int, int]]:
    """First and last; what has no meaning yet lies within or without, as it comes."""
    first = last = 0
    for code in range(1, 0x110000):
        if _is_separator(chr(code)):
            first, last = first or code, code
        elif first and unicodedata.category(chr(code)) not in ("Cn", "Cs"):
            yield first, last
            first = 0
    yield first, last
