-- 转热线: what windows passed on to a hotline, and what it said of it. The columns beside `body` are what lists are found by.
CREATE TABLE hotline_tickets (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    hotline TEXT NOT NULL,
    window_code TEXT NOT NULL,
    fallback TEXT NOT NULL,
    applicant TEXT NOT NULL,
    state TEXT NOT NULL,
    head TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, id),
    FOREIGN KEY (centre, applicant) REFERENCES parties (centre, id),
    CHECK (version > 0),
    CHECK (state IN ('raised', 'taken', 'refused', 'answered'))
) STRICT;
CREATE INDEX hotline_tickets_by_hotline ON hotline_tickets (centre, hotline, id);
CREATE INDEX hotline_tickets_by_window ON hotline_tickets (centre, window_code, id);
CREATE INDEX hotline_tickets_by_fallback ON hotline_tickets (centre, fallback, id);
CREATE TRIGGER hotline_tickets_no_delete BEFORE DELETE ON hotline_tickets BEGIN SELECT RAISE(ABORT, 'hotline_tickets are never deleted'); END;
