-- 交换批次: what was exported for whom, and how far the work is. `files` says of each table how many rows went out and,
-- once it is finished, the size and digest of its file; `cursor` is the last case that was looked at.
CREATE TABLE exports (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    receiver TEXT NOT NULL,
    version INTEGER NOT NULL,
    format TEXT NOT NULL,
    unmasked INTEGER NOT NULL CHECK (unmasked IN (0, 1)),
    from_day TEXT NOT NULL,
    to_day TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    actor TEXT NOT NULL,
    started_at TEXT NOT NULL,
    cursor TEXT,
    examined INTEGER NOT NULL,
    matched INTEGER NOT NULL,
    files TEXT NOT NULL,
    finished_at TEXT,
    PRIMARY KEY (centre, id),
    UNIQUE (centre, receiver, version),
    CHECK (version > 0),
    CHECK (from_day <= to_day),
    CHECK (matched >= 0 AND matched <= examined),
    CHECK (format IN ('ndjson', 'csv'))
) STRICT;
CREATE INDEX exports_unfinished ON exports (centre, id) WHERE finished_at IS NULL;
CREATE TRIGGER exports_no_delete BEFORE DELETE ON exports BEGIN SELECT RAISE(ABORT, 'exports are never deleted'); END;

-- What of an unfinished export is written: the pieces of each file in their order, by their keys in the file store.
CREATE TABLE export_parts (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    export TEXT NOT NULL,
    table_name TEXT NOT NULL,
    number INTEGER NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (centre, export, table_name, number),
    FOREIGN KEY (centre, export) REFERENCES exports (centre, id)
) STRICT;

-- 重发
CREATE TABLE export_sendings (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    export TEXT NOT NULL,
    number INTEGER NOT NULL,
    reason TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (centre, export, number),
    FOREIGN KEY (centre, export) REFERENCES exports (centre, id)
) STRICT;
CREATE TRIGGER export_sendings_no_update BEFORE UPDATE ON export_sendings BEGIN SELECT RAISE(ABORT, 'export_sendings is append-only'); END;
CREATE TRIGGER export_sendings_no_delete BEFORE DELETE ON export_sendings BEGIN SELECT RAISE(ABORT, 'export_sendings is append-only'); END;

-- What a receiver has: a keyed digest of each row that it got last, and the version of the batch in which it came.
CREATE TABLE exchange_rows (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    receiver TEXT NOT NULL,
    case_id TEXT NOT NULL,
    table_name TEXT NOT NULL,
    row_guid TEXT NOT NULL,
    digest TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (centre, receiver, case_id, table_name, row_guid),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id)
) STRICT;
