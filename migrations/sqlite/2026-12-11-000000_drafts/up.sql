-- 草稿: an application that its applicant has not handed in yet. `form` is personal data.
CREATE TABLE drafts (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    applicant TEXT NOT NULL,
    item TEXT NOT NULL,
    form TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    wake_at TEXT NOT NULL,
    PRIMARY KEY (centre, id),
    FOREIGN KEY (centre, applicant) REFERENCES parties (centre, id)
) STRICT;
CREATE INDEX drafts_by_applicant ON drafts (centre, applicant, id);
CREATE INDEX drafts_by_wake ON drafts (centre, wake_at, id);
