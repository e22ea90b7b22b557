"""Full-text search and tallies, kept by triggers.

Words come ready-made in `search_text` columns (`shadow.catalog.folding`), so neither database
stems, folds or splits anything: SQLite's `ascii` tokenizer and PostgreSQL's `array_to_tsvector`
take the words as they are, and both find the same.

A later migration that makes SQLite copy one of these tables (`batch_alter_table`) loses its
triggers and has to make them again.
"""

# ruff: noqa: S608 - statements are put together from the constants of this file only

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INDEXED = {"titles": "title_search", "people": "person_search", "episodes": "episode_search"}
# Title words begin with a letter for the kind, so the prefixes of its index are one longer.
PREFIXES = {"titles": "3 4 5", "people": "2 3", "episodes": "2 3"}


def upgrade() -> None:
    bind = op.get_bind()
    for statement in POSTGRESQL if bind.dialect.name == "postgresql" else sqlite():
        bind.exec_driver_sql(statement)


def downgrade() -> None:
    bind = op.get_bind()
    postgresql = bind.dialect.name == "postgresql"
    for statement in POSTGRESQL_UNDO if postgresql else SQLITE_UNDO:
        bind.exec_driver_sql(statement)


# SQLite: FTS5 tables over the columns, row triggers.


def sqlite() -> list[str]:
    statements = [
        "CREATE UNIQUE INDEX uq_tallies_facet ON tallies (kind, facet)",
        # The key is all there is of it: a second copy of each row would double its size.
        "DROP TABLE spellings",
        "CREATE TABLE spellings (spelling VARCHAR(24) NOT NULL, word VARCHAR(24) NOT NULL, "
        "CONSTRAINT pk_spellings PRIMARY KEY (spelling, word)) WITHOUT ROWID",
    ]
    for table, index in INDEXED.items():
        statements += sqlite_search(table, index)
    statements += [
        f"CREATE TRIGGER tally_title_insert AFTER INSERT ON titles BEGIN {count('new', 1)} END",
        "CREATE TRIGGER tally_title_delete BEFORE DELETE ON titles BEGIN "
        # Not left to the foreign key, which would act when the title's kind is known no more.
        "DELETE FROM title_genres WHERE title_id = old.id; "
        f"{count('old', -1)} END",
        "CREATE TRIGGER tally_title_update AFTER UPDATE OF kind, hidden, year, review ON titles "
        "WHEN (old.kind, old.hidden, coalesce(old.year, 0), old.review) "
        "<> (new.kind, new.hidden, coalesce(new.year, 0), new.review) "
        f"BEGIN {count('old', -1)} {count('new', 1)} END",
        "CREATE TRIGGER tally_genre_insert AFTER INSERT ON title_genres "
        f"BEGIN {count_genre('new', 1)} END",
        "CREATE TRIGGER tally_genre_delete AFTER DELETE ON title_genres "
        f"BEGIN {count_genre('old', -1)} END",
        f"CREATE TRIGGER tally_file_insert AFTER INSERT ON files BEGIN {count_file('new', 1)} END",
        f"CREATE TRIGGER tally_file_delete AFTER DELETE ON files BEGIN {count_file('old', -1)} END",
        "CREATE TRIGGER tally_file_update AFTER UPDATE OF state ON files "
        "WHEN old.state <> new.state "
        f"BEGIN {count_file('old', -1)} {count_file('new', 1)} END",
    ]
    return statements


def sqlite_search(table: str, index: str) -> list[str]:
    # A row without words is not in the index, and to forget what is not in there would corrupt it.
    learn = (
        f"INSERT INTO {index}(rowid, search_text) "
        "SELECT new.id, new.search_text WHERE new.search_text <> '';"
    )
    forget = (
        f"INSERT INTO {index}({index}, rowid, search_text) "
        "SELECT 'delete', old.id, old.search_text WHERE old.search_text <> '';"
    )
    return [
        f"CREATE VIRTUAL TABLE {index} USING fts5(search_text, content='{table}', "
        "content_rowid='id', tokenize='ascii', detail=none, columnsize=0, "
        f"prefix='{PREFIXES[table]}')",
        f"CREATE TRIGGER {index}_insert AFTER INSERT ON {table} BEGIN {learn} END",
        f"CREATE TRIGGER {index}_delete AFTER DELETE ON {table} BEGIN {forget} END",
        f"CREATE TRIGGER {index}_update AFTER UPDATE OF search_text ON {table} "
        f"WHEN new.search_text <> old.search_text BEGIN {forget} {learn} END",
    ]


UPSERT = "ON CONFLICT (kind, facet) DO UPDATE SET number = number + excluded.number;"


def count(row: str, step: int) -> str:
    return (
        "INSERT INTO tallies (kind, facet, number) "
        f"SELECT {row}.kind, 'all', {step} WHERE NOT {row}.hidden UNION ALL "
        f"SELECT {row}.kind, 'year:' || {row}.year, {step} "
        f"WHERE NOT {row}.hidden AND {row}.year IS NOT NULL UNION ALL "
        f"SELECT {row}.kind, 'review', {step} WHERE NOT {row}.hidden AND {row}.review <> 'ok' "
        f"UNION ALL SELECT {row}.kind, 'genre:' || g.genre_id, {step} FROM title_genres g "
        f"WHERE g.title_id = {row}.id AND NOT {row}.hidden "
        f"UNION ALL SELECT {row}.kind, 'both:' || g.genre_id || ':' || {row}.year, {step} "
        f"FROM title_genres g WHERE g.title_id = {row}.id AND NOT {row}.hidden "
        f"AND {row}.year IS NOT NULL {UPSERT}"
    )


def count_genre(row: str, step: int) -> str:
    return (
        "INSERT INTO tallies (kind, facet, number) "
        f"SELECT t.kind, 'genre:' || {row}.genre_id, {step} FROM titles t "
        f"WHERE t.id = {row}.title_id AND NOT t.hidden UNION ALL "
        f"SELECT t.kind, 'both:' || {row}.genre_id || ':' || t.year, {step} FROM titles t "
        f"WHERE t.id = {row}.title_id AND NOT t.hidden AND t.year IS NOT NULL {UPSERT}"
    )


def count_file(row: str, step: int) -> str:
    return (
        "INSERT INTO tallies (kind, facet, number) "
        f"SELECT 'file', {row}.state, {step} WHERE true {UPSERT}"
    )


SQLITE_UNDO = [
    *(
        f"DROP TRIGGER {index}_{event}"
        for index in INDEXED.values()
        for event in ("insert", "delete", "update")
    ),
    *(f"DROP TABLE {index}" for index in INDEXED.values()),
    *(f"DROP TRIGGER tally_{of}" for of in ("genre_insert", "genre_delete")),
    *(
        f"DROP TRIGGER tally_{row}_{event}"
        for row in ("title", "file")
        for event in ("insert", "delete", "update")
    ),
    "DROP INDEX uq_tallies_facet",
]


# PostgreSQL: GIN indexes over the columns, statement triggers. Tallies are only ever appended,
# so that two writers never wait for each other at one row; every 500 rows they are summed up.

FACETS = """CROSS JOIN LATERAL (
    SELECT 'all' UNION ALL
    SELECT 'year:' || t.year WHERE t.year IS NOT NULL UNION ALL
    SELECT 'review' WHERE t.review <> 'ok' UNION ALL
    SELECT 'genre:' || g.genre_id FROM title_genres g WHERE g.title_id = t.id UNION ALL
    SELECT 'both:' || g.genre_id || ':' || t.year FROM title_genres g
    WHERE g.title_id = t.id AND t.year IS NOT NULL
) AS f(facet)"""

CHANGED = """(o.kind, o.hidden, o.year, o.review)
    IS DISTINCT FROM (n.kind, n.hidden, n.year, n.review)"""

POSTGRESQL = [
    *(
        # Without the pending list, whose growth would make single searches slow.
        f"CREATE INDEX ix_{table}_search ON {table} USING gin "
        "(array_to_tsvector(string_to_array(search_text, ' '))) WITH (fastupdate = off)"
        for table in INDEXED
    ),
    """CREATE FUNCTION sum_up_tallies(added bigint) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF added = 0 OR mod(currval(pg_get_serial_sequence('tallies', 'id')), 500) >= added THEN
            RETURN;
        END IF;
        WITH gone AS (
            DELETE FROM tallies
            WHERE id IN (SELECT id FROM tallies FOR UPDATE SKIP LOCKED)
            RETURNING kind, facet, number
        )
        INSERT INTO tallies (kind, facet, number)
        SELECT kind, facet, sum(number) FROM gone GROUP BY kind, facet HAVING sum(number) <> 0;
    END $$""",
    f"""CREATE FUNCTION tally_titles() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE added bigint;
    BEGIN
        IF TG_OP = 'INSERT' THEN
            INSERT INTO tallies (kind, facet, number)
            SELECT t.kind, f.facet, count(*) FROM new_rows t {FACETS}
            WHERE NOT t.hidden GROUP BY t.kind, f.facet;
        ELSE
            INSERT INTO tallies (kind, facet, number)
            SELECT kind, facet, sum(step) FROM (
                SELECT t.kind, f.facet, -1 AS step FROM old_rows t {FACETS} WHERE NOT t.hidden
                AND EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id)
                            WHERE o.id = t.id AND {CHANGED})
                UNION ALL
                SELECT t.kind, f.facet, 1 FROM new_rows t {FACETS} WHERE NOT t.hidden
                AND EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id)
                            WHERE o.id = t.id AND {CHANGED})
            ) AS steps GROUP BY kind, facet HAVING sum(step) <> 0;
        END IF;
        GET DIAGNOSTICS added = ROW_COUNT;
        PERFORM sum_up_tallies(added);
        RETURN NULL;
    END $$""",
    f"""CREATE FUNCTION tally_deleted_title() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        -- Not left to the foreign key, which would act when the title's kind is known no more.
        DELETE FROM title_genres WHERE title_id = OLD.id;
        INSERT INTO tallies (kind, facet, number)
        SELECT t.kind, f.facet, -1 FROM (SELECT OLD.*) AS t {FACETS} WHERE NOT t.hidden;
        RETURN OLD;
    END $$""",
    """CREATE FUNCTION tally_genres() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE added bigint;
    BEGIN
        INSERT INTO tallies (kind, facet, number)
        SELECT t.kind, f.facet, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END
        FROM changed_rows r JOIN titles t ON t.id = r.title_id CROSS JOIN LATERAL (
            SELECT 'genre:' || r.genre_id UNION ALL
            SELECT 'both:' || r.genre_id || ':' || t.year WHERE t.year IS NOT NULL
        ) AS f(facet)
        WHERE NOT t.hidden GROUP BY t.kind, f.facet;
        GET DIAGNOSTICS added = ROW_COUNT;
        PERFORM sum_up_tallies(added);
        RETURN NULL;
    END $$""",
    """CREATE FUNCTION tally_files() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE added bigint;
    BEGIN
        IF TG_OP = 'INSERT' THEN
            INSERT INTO tallies (kind, facet, number)
            SELECT 'file', state, count(*) FROM new_rows GROUP BY state;
        ELSIF TG_OP = 'DELETE' THEN
            INSERT INTO tallies (kind, facet, number)
            SELECT 'file', state, -count(*) FROM old_rows GROUP BY state;
        ELSE
            INSERT INTO tallies (kind, facet, number)
            SELECT 'file', state, sum(step) FROM (
                SELECT state, -1 AS step FROM old_rows UNION ALL SELECT state, 1 FROM new_rows
            ) AS steps GROUP BY state HAVING sum(step) <> 0;
        END IF;
        GET DIAGNOSTICS added = ROW_COUNT;
        PERFORM sum_up_tallies(added);
        RETURN NULL;
    END $$""",
    "CREATE TRIGGER tally_title_insert AFTER INSERT ON titles "
    "REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_titles()",
    "CREATE TRIGGER tally_title_update AFTER UPDATE ON titles "
    "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows "
    "FOR EACH STATEMENT EXECUTE FUNCTION tally_titles()",
    "CREATE TRIGGER tally_title_delete BEFORE DELETE ON titles "
    "FOR EACH ROW EXECUTE FUNCTION tally_deleted_title()",
    "CREATE TRIGGER tally_genre_insert AFTER INSERT ON title_genres "
    "REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_genres()",
    "CREATE TRIGGER tally_genre_delete AFTER DELETE ON title_genres "
    "REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_genres()",
    "CREATE TRIGGER tally_file_insert AFTER INSERT ON files "
    "REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_files()",
    "CREATE TRIGGER tally_file_delete AFTER DELETE ON files "
    "REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_files()",
    "CREATE TRIGGER tally_file_update AFTER UPDATE ON files "
    "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows "
    "FOR EACH STATEMENT EXECUTE FUNCTION tally_files()",
]

POSTGRESQL_UNDO = [
    "DROP FUNCTION tally_titles, tally_deleted_title, tally_genres, tally_files CASCADE",
    "DROP FUNCTION sum_up_tallies",
    *(f"DROP INDEX ix_{table}_search" for table in INDEXED),
]
