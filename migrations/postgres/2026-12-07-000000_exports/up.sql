-- 交换批次: what was exported for whom, and how far the work is. `files` says of each table how many rows went out and,
-- once it is finished, the size and digest of its file; `cursor` is the last case that was looked at.
CREATE TABLE exports (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    id TEXT COLLATE "C" NOT NULL,
    receiver TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    format TEXT COLLATE "C" NOT NULL,
    unmasked BOOLEAN NOT NULL,
    from_day DATE NOT NULL,
    to_day DATE NOT NULL,
    actor_role TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    started_at TIMESTAMP NOT NULL,
    cursor TEXT COLLATE "C",
    examined BIGINT NOT NULL,
    matched BIGINT NOT NULL,
    files TEXT COLLATE "C" NOT NULL,
    finished_at TIMESTAMP,
    PRIMARY KEY (centre, id),
    UNIQUE (centre, receiver, version),
    CHECK (version > 0),
    CHECK (from_day <= to_day),
    CHECK (matched >= 0 AND matched <= examined),
    CHECK (format IN ('ndjson', 'csv'))
);
CREATE INDEX exports_unfinished ON exports (centre, id) WHERE finished_at IS NULL;
CREATE TRIGGER exports_no_delete BEFORE DELETE ON exports FOR EACH ROW EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER exports_no_truncate BEFORE TRUNCATE ON exports FOR EACH STATEMENT EXECUTE PROCEDURE refuse_change();

-- What of an unfinished export is written: the pieces of each file in their order, by their keys in the file store.
CREATE TABLE export_parts (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    export TEXT COLLATE "C" NOT NULL,
    table_name TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, export, table_name, number),
    FOREIGN KEY (centre, export) REFERENCES exports (centre, id)
);

-- 重发
CREATE TABLE export_sendings (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    export TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    actor_role TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (centre, export, number),
    FOREIGN KEY (centre, export) REFERENCES exports (centre, id)
);
CREATE TRIGGER export_sendings_append_only BEFORE UPDATE OR DELETE ON export_sendings FOR EACH ROW EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER export_sendings_no_truncate BEFORE TRUNCATE ON export_sendings FOR EACH STATEMENT EXECUTE PROCEDURE refuse_change();

-- What a receiver has: a keyed digest of each row that it got last, and the version of the batch in which it came.
CREATE TABLE exchange_rows (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    receiver TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    table_name TEXT COLLATE "C" NOT NULL,
    row_guid TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (centre, receiver, case_id, table_name, row_guid),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id)
);
