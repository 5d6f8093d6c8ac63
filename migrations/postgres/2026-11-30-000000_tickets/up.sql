-- 转热线: what windows passed on to a hotline, and what it said of it. The columns beside `body` are what lists are found by.
CREATE TABLE hotline_tickets (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    hotline TEXT COLLATE "C" NOT NULL,
    window_code TEXT COLLATE "C" NOT NULL,
    fallback TEXT COLLATE "C" NOT NULL,
    applicant TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    head TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, id),
    FOREIGN KEY (centre, applicant) REFERENCES parties (centre, id),
    CHECK (version > 0),
    CHECK (state IN ('raised', 'taken', 'refused', 'answered'))
);
CREATE INDEX hotline_tickets_by_hotline ON hotline_tickets (centre, hotline, id);
CREATE INDEX hotline_tickets_by_window ON hotline_tickets (centre, window_code, id);
CREATE INDEX hotline_tickets_by_fallback ON hotline_tickets (centre, fallback, id);
CREATE TRIGGER hotline_tickets_no_delete BEFORE DELETE ON hotline_tickets FOR EACH ROW EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER hotline_tickets_no_truncate BEFORE TRUNCATE ON hotline_tickets FOR EACH STATEMENT EXECUTE PROCEDURE refuse_change();
