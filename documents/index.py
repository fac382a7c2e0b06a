"""The index of words: kept by the database itself, so that every door fills it.

On SQLite an FTS5 table with a row for each document, filled by triggers. Its rows are numbered
by a table beside it: those of documents have no number that lasts. On PostgreSQL a column of
the documents' own table, filled by a trigger, with a GIN index.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

WORDS, NUMBERS = "documents_words", "documents_words_number"

_SQLITE_TABLES = (
    (
        f"CREATE TABLE IF NOT EXISTS {NUMBERS} "
        "(number INTEGER PRIMARY KEY, document char(32) NOT NULL UNIQUE)"
    ),
    (
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {WORDS} USING fts5"
        "(title, content, document UNINDEXED, tokenize = 'unicode61 remove_diacritics 0')"
    ),
)
_GONE = f"DELETE FROM {WORDS} WHERE rowid = (SELECT number FROM {NUMBERS} WHERE document = OLD.id);"
_THERE = (
    f"INSERT INTO {WORDS} (rowid, title, content, document) "
    f"SELECT number, NEW.title, NEW.content, NEW.id FROM {NUMBERS} WHERE document = NEW.id;"
)
_SQLITE_TRIGGERS = (
    (
        "CREATE TRIGGER IF NOT EXISTS documents_words_insert AFTER INSERT ON documents_document "
        f"BEGIN INSERT INTO {NUMBERS} (document) VALUES (NEW.id); {_THERE} END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS documents_words_update "
        "AFTER UPDATE OF title, content ON documents_document "
        f"BEGIN {_GONE} {_THERE} END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS documents_words_delete AFTER DELETE ON documents_document "
        f"BEGIN {_GONE} DELETE FROM {NUMBERS} WHERE document = OLD.id; END"
    ),
)
_SQLITE_FILL = (
    (
        f"INSERT INTO {NUMBERS} (document) SELECT id FROM documents_document "
        f"WHERE id NOT IN (SELECT document FROM {NUMBERS})"
    ),
    (
        f"INSERT INTO {WORDS} (rowid, title, content, document) "
        "SELECT n.number, d.title, d.content, d.id "
        f"FROM documents_document d JOIN {NUMBERS} n ON n.document = d.id "
        f"WHERE n.number NOT IN (SELECT rowid FROM {WORDS})"
    ),
)

# Signs between words are blanks, as they are to FTS5: else "pier/lamp" would be one word. A
# text with more words than a vector holds is found by its beginning.
_VECTOR = r"""
CREATE OR REPLACE FUNCTION documents_words_of(title text, content text) RETURNS tsvector AS $$
  SELECT
    setweight(to_tsvector('simple', regexp_replace(title, '[!-/:-@\[-`{-~]+', ' ', 'g')), 'A') ||
    setweight(to_tsvector('simple', regexp_replace(content, '[!-/:-@\[-`{-~]+', ' ', 'g')), 'B')
$$ LANGUAGE sql IMMUTABLE
"""
_TRIGGER = """
CREATE OR REPLACE FUNCTION documents_words_keep() RETURNS trigger AS $$
BEGIN
  BEGIN
    NEW.words := documents_words_of(NEW.title, NEW.content);
  EXCEPTION WHEN program_limit_exceeded THEN
    NEW.words := documents_words_of(NEW.title, left(NEW.content, 100000));
  END;
  RETURN NEW;
END $$ LANGUAGE plpgsql
"""
_POSTGRESQL = (
    "ALTER TABLE documents_document ADD COLUMN words tsvector",
    _VECTOR,
    _TRIGGER,
    (
        "CREATE TRIGGER documents_words BEFORE INSERT OR UPDATE OF title, content "
        "ON documents_document FOR EACH ROW EXECUTE FUNCTION documents_words_keep()"
    ),
    "UPDATE documents_document SET title = title",
    "CREATE INDEX documents_words ON documents_document USING gin (words)",
)
_REMOVE = {
    "sqlite": (
        *(
            f"DROP TRIGGER IF EXISTS documents_words_{when}"
            for when in ("insert", "update", "delete")
        ),
        f"DROP TABLE IF EXISTS {WORDS}",
        f"DROP TABLE IF EXISTS {NUMBERS}",
    ),
    "postgresql": (
        "DROP TRIGGER IF EXISTS documents_words ON documents_document",
        "DROP FUNCTION IF EXISTS documents_words_keep()",
        "DROP FUNCTION IF EXISTS documents_words_of(text, text)",
        "ALTER TABLE documents_document DROP COLUMN IF EXISTS words",
    ),
}


def build(connection: BaseDatabaseWrapper) -> None:
    """Make the index and fill it."""
    if connection.vendor == "sqlite":
        _run(connection, *_SQLITE_TABLES, *_SQLITE_TRIGGERS, *_SQLITE_FILL)
    elif connection.vendor == "postgresql":
        _run(connection, *_POSTGRESQL)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the index away."""
    _run(connection, *_REMOVE.get(connection.vendor, ()))


def mend(connection: BaseDatabaseWrapper) -> None:
    """On SQLite, put back the triggers that were lost, and what was written without them.

    Django changes a table there by making it anew, and with the old one go its triggers.
    """
    if connection.vendor != "sqlite" or WORDS not in connection.introspection.table_names():
        return
    _run(connection, *_SQLITE_TRIGGERS, *_SQLITE_FILL)


def _run(connection: BaseDatabaseWrapper, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
