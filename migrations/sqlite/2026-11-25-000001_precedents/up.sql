-- One row a precedent (案例). `manuscript` is the text in the making, which may name people; it is removed when the text is
-- published or the precedent withdrawn, and stands on no record.
CREATE TABLE precedents (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    impasse TEXT NOT NULL,
    category TEXT NOT NULL,
    number TEXT,
    edition INTEGER NOT NULL,
    published_at TEXT,
    head TEXT NOT NULL,
    body TEXT NOT NULL,
    manuscript TEXT,
    PRIMARY KEY (centre, id),
    UNIQUE (centre, number),
    FOREIGN KEY (centre, impasse) REFERENCES impasses (centre, id),
    CHECK (version > 0),
    CHECK (edition >= 0),
    CHECK (state IN ('draft', 'under_review', 'published', 'under_correction', 'correction_under_review', 'withdrawn')),
    CHECK ((state IN ('published', 'under_correction', 'correction_under_review')) = (published_at IS NOT NULL)),
    CHECK ((state IN ('published', 'withdrawn')) = (manuscript IS NULL)),
    CHECK ((number IS NULL) = (edition = 0))
) STRICT;
CREATE INDEX precedents_by_state ON precedents (centre, state, id);
CREATE INDEX precedents_by_published ON precedents (centre, published_at, id) WHERE published_at IS NOT NULL;
-- An impasse gives one precedent, and another only when that was withdrawn.
CREATE UNIQUE INDEX precedents_by_impasse ON precedents (centre, impasse) WHERE state <> 'withdrawn';

-- What was made public, edition by edition (版次).
CREATE TABLE precedent_editions (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    precedent TEXT NOT NULL,
    edition INTEGER NOT NULL,
    published_at TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, precedent, edition),
    FOREIGN KEY (centre, precedent) REFERENCES precedents (centre, id),
    CHECK (edition > 0)
) STRICT;

-- By which words the edition that is public is found.
CREATE TABLE precedent_terms (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    term TEXT NOT NULL,
    precedent TEXT NOT NULL,
    in_title INTEGER NOT NULL,
    hits INTEGER NOT NULL,
    PRIMARY KEY (centre, term, precedent),
    FOREIGN KEY (centre, precedent) REFERENCES precedents (centre, id),
    CHECK (in_title >= 0 AND hits >= in_title)
) STRICT;
CREATE INDEX precedent_terms_by_precedent ON precedent_terms (centre, precedent);

-- Proposals for the catalogue (事项建议). `item` is the one to be changed or the one that came of it; only together with
-- a version that exists is a proposal adopted.
CREATE TABLE item_proposals (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    number TEXT NOT NULL,
    state TEXT NOT NULL,
    item TEXT,
    item_version INTEGER,
    head TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, id),
    UNIQUE (centre, number),
    FOREIGN KEY (centre, item, item_version) REFERENCES item_versions (centre, item, version),
    CHECK (version > 0),
    CHECK (state IN ('open', 'adopted', 'declined')),
    CHECK ((state = 'adopted') = (item_version IS NOT NULL)),
    CHECK (item_version IS NULL OR item IS NOT NULL)
) STRICT;
CREATE INDEX item_proposals_by_state ON item_proposals (centre, state, id);
CREATE INDEX item_proposals_by_item ON item_proposals (centre, item, id) WHERE item IS NOT NULL;

-- What a proposal was born of: impasses, and a precedent.
CREATE TABLE proposal_sources (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    source TEXT NOT NULL,
    proposal TEXT NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (centre, source, proposal),
    FOREIGN KEY (centre, proposal) REFERENCES item_proposals (centre, id),
    CHECK (kind IN ('impasse', 'precedent'))
) STRICT;
