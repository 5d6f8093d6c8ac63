-- 草稿: an application that its applicant has not handed in yet. `form` is personal data.
CREATE TABLE drafts (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    applicant TEXT COLLATE "C" NOT NULL,
    item TEXT COLLATE "C" NOT NULL,
    form TEXT NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    wake_at TIMESTAMP NOT NULL,
    PRIMARY KEY (centre, id),
    FOREIGN KEY (centre, applicant) REFERENCES parties (centre, id)
);
CREATE INDEX drafts_by_applicant ON drafts (centre, applicant, id);
CREATE INDEX drafts_by_wake ON drafts (centre, wake_at, id);
