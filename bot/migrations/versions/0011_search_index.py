"""An index of all parts of words for the search of the inbox, kept by the clock and no more by each message.

Both databases cut texts into all their runs of three letters, whatever the script. SQLite brings such an index along
(FTS5); PostgreSQL's extension pg_trgm knows no letters but English ones where the locale is C and needs a right to be
installed, so there a function of ours cuts, for an ordinary GIN index.

Revision: 0011
"""

import logging
from typing import Final

from alembic import op
from sqlalchemy.exc import OperationalError

revision: Final = "0011"
down_revision: Final = "0010"

# Tables and indexes that begin with `search_` are known to SQL only: `bot/storage/tables.py` cannot say them.
_INDEX_TEXTS: Final = """
    CREATE VIRTUAL TABLE search_message_texts USING fts5
    (text, content = message_texts, content_rowid = message_id, tokenize = trigram, detail = none)
"""
_INDEX_PEOPLE: Final = """
    CREATE VIRTUAL TABLE search_people USING fts5 (name, numbers, tokenize = trigram, detail = none)
"""
_FILL_PEOPLE: Final = """
    INSERT INTO search_people (rowid, name, numbers)
    SELECT id, name, (SELECT coalesce(group_concat(address, ' '), '') FROM addresses WHERE learner_id = learners.id)
    FROM learners
"""
_NEW_TEXT: Final = "INSERT INTO search_message_texts (rowid, text) VALUES (NEW.message_id, NEW.text);"
_OLD_TEXT: Final = """
    INSERT INTO search_message_texts (search_message_texts, rowid, text)
    VALUES ('delete', OLD.message_id, OLD.text);
"""
_NEW_LEARNER: Final = "INSERT INTO search_people (rowid, name, numbers) VALUES (NEW.id, NEW.name, '');"
_NEW_NAME: Final = "UPDATE search_people SET name = NEW.name WHERE rowid = NEW.id;"
_OLD_LEARNER: Final = "DELETE FROM search_people WHERE rowid = OLD.id;"
_NUMBERS_OF_NEW: Final = """
    UPDATE search_people
    SET numbers = (SELECT coalesce(group_concat(address, ' '), '') FROM addresses WHERE learner_id = NEW.learner_id)
    WHERE rowid = NEW.learner_id;
"""
_NUMBERS_OF_OLD: Final = _NUMBERS_OF_NEW.replace("NEW.", "OLD.")
# Until the chore has merged its parts, an index of FTS5 keeps the letters of what was deleted.
_TEXT_TRACES: Final = "INSERT OR IGNORE INTO search_traces VALUES ('search_message_texts');"
_NAME_TRACES: Final = "INSERT OR IGNORE INTO search_traces SELECT 'search_people' WHERE OLD.name != '';"
_NUMBER_TRACES: Final = "INSERT OR IGNORE INTO search_traces VALUES ('search_people');"
# A later migration that has SQLite copy one of these tables loses its triggers and has to make them again.
_TRIGGERS: Final = {
    "INSERT ON message_texts": [_NEW_TEXT],
    "DELETE ON message_texts": [_OLD_TEXT, _TEXT_TRACES],
    "INSERT ON learners": [_NEW_LEARNER],
    "UPDATE OF name ON learners WHEN NEW.name != OLD.name": [_NEW_NAME, _NAME_TRACES],
    "DELETE ON learners": [_OLD_LEARNER, _NAME_TRACES],
    "INSERT ON addresses": [_NUMBERS_OF_NEW],
    "UPDATE ON addresses": [_NUMBERS_OF_OLD, _NUMBERS_OF_NEW, _NUMBER_TRACES],
    "DELETE ON addresses": [_NUMBERS_OF_OLD, _NUMBER_TRACES],
}
# 16 bits for each letter, and above them 15 for the number of the block that the text is in, so that a search goes
# through the newest block first and stops when it has enough. What meets another one there is found in vain.
_CUT: Final = """
    CREATE FUNCTION search_keys(id bigint, text text) RETURNS bigint[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
    DECLARE
        block bigint := (id / 50000 % 32768) << 48;
        run bigint := 0;
        place int := 0;
        letter text;
        keys bigint[] := '{}';
    BEGIN
        FOREACH letter IN ARRAY string_to_array(text, NULL) LOOP
            run := ((run << 16) | (ascii(letter) & 65535)) & 281474976710655;
            place := place + 1;
            IF place > 2 THEN keys := keys || (block | run); END IF;
        END LOOP;
        RETURN keys;
    END $$
"""
_CUT_TEXTS: Final = {
    "search_message_texts": "message_texts USING gin (search_keys(message_id, text))",
    "search_names": "learners USING gin (search_keys(id, lower(name)))",
    "search_numbers": "addresses USING gin (search_keys(learner_id, address))",
}

log = logging.getLogger("alembic.runtime.migration")


def upgrade() -> None:
    """Empty `message_texts`; the chore fills it and its index anew, while an older program may go on writing messages.

    On PostgreSQL everybody waits meanwhile, some seconds for each hundred thousand learners.
    """
    if op.get_bind().dialect.name == "postgresql":
        _index_on_postgresql()
        return
    op.execute("DROP TRIGGER keep_message_text")
    op.execute("DELETE FROM message_texts")
    op.execute("CREATE TABLE search_traces (name TEXT NOT NULL PRIMARY KEY)")
    _index_on_sqlite()


def _index_on_postgresql() -> None:
    # Whoever takes in a message has some of these tables and waits for others. In less than a second, after which
    # PostgreSQL would end that transaction to make way, we have all of them or give up and are called again.
    op.execute("SET LOCAL lock_timeout = '300ms'")
    op.execute("LOCK TABLE learners, addresses IN SHARE MODE")
    op.execute("LOCK TABLE messages, message_texts IN ACCESS EXCLUSIVE MODE")
    op.execute("TRUNCATE message_texts")
    op.execute(_CUT)
    for name, what in _CUT_TEXTS.items():
        # GIN puts new rows on a list first, which every search reads from end to end: let it be short.
        op.execute(f"CREATE INDEX {name} ON {what} WITH (gin_pending_list_limit = 64)")
    op.execute("DROP TRIGGER keep_message_text ON messages")
    op.execute("DROP FUNCTION keep_message_text")


def _index_on_sqlite() -> None:
    try:
        op.execute(_INDEX_TEXTS)
        op.execute(_INDEX_PEOPLE)
    except OperationalError as error:
        log.warning("this SQLite (%s) cannot index parts of words: the inbox searches slowly", error.orig)
        return
    op.execute(_FILL_PEOPLE)
    for number, (event, steps) in enumerate(_TRIGGERS.items(), 1):
        op.execute(f"CREATE TRIGGER search_{number} AFTER {event} BEGIN {' '.join(steps)} END")
