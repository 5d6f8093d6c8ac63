-- One row a precedent (案例). `manuscript` is the text in the making, which may name people; it is removed when the text is
-- published or the precedent withdrawn, and stands on no record.
CREATE TABLE precedents (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    impasse TEXT COLLATE "C" NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C",
    edition INTEGER NOT NULL,
    published_at TIMESTAMP,
    head TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    manuscript TEXT COLLATE "C",
    PRIMARY KEY (centre, id),
    UNIQUE (centre, number),
    FOREIGN KEY (centre, impasse) REFERENCES impasses (centre, id),
    CHECK (version > 0),
    CHECK (edition >= 0),
    CHECK (state IN ('draft', 'under_review', 'published', 'under_correction', 'correction_under_review', 'withdrawn')),
    CHECK ((state IN ('published', 'under_correction', 'correction_under_review')) = (published_at IS NOT NULL)),
    CHECK ((state IN ('published', 'withdrawn')) = (manuscript IS NULL)),
    CHECK ((number IS NULL) = (edition = 0))
);
CREATE INDEX precedents_by_state ON precedents (centre, state, id);
CREATE INDEX precedents_by_published ON precedents (centre, published_at, id) WHERE published_at IS NOT NULL;
-- An impasse gives one precedent, and another only when that was withdrawn.
CREATE UNIQUE INDEX precedents_by_impasse ON precedents (centre, impasse) WHERE state <> 'withdrawn';

-- What was made public, edition by edition (版次).
CREATE TABLE precedent_editions (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    precedent TEXT COLLATE "C" NOT NULL,
    edition INTEGER NOT NULL,
    published_at TIMESTAMP NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, precedent, edition),
    FOREIGN KEY (centre, precedent) REFERENCES precedents (centre, id),
    CHECK (edition > 0)
);

-- By which words the edition that is public is found.
CREATE TABLE precedent_terms (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    term TEXT COLLATE "C" NOT NULL,
    precedent TEXT COLLATE "C" NOT NULL,
    in_title INTEGER NOT NULL,
    hits INTEGER NOT NULL,
    PRIMARY KEY (centre, term, precedent),
    FOREIGN KEY (centre, precedent) REFERENCES precedents (centre, id),
    CHECK (in_title >= 0 AND hits >= in_title)
);
CREATE INDEX precedent_terms_by_precedent ON precedent_terms (centre, precedent);

-- Proposals for the catalogue (事项建议). `item` is the one to be changed or the one that came of it; only together with
-- a version that exists is a proposal adopted.
CREATE TABLE item_proposals (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    item TEXT COLLATE "C",
    item_version INTEGER,
    head TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, id),
    UNIQUE (centre, number),
    FOREIGN KEY (centre, item, item_version) REFERENCES item_versions (centre, item, version),
    CHECK (version > 0),
    CHECK (state IN ('open', 'adopted', 'declined')),
    CHECK ((state = 'adopted') = (item_version IS NOT NULL)),
    CHECK (item_version IS NULL OR item IS NOT NULL)
);
CREATE INDEX item_proposals_by_state ON item_proposals (centre, state, id);
CREATE INDEX item_proposals_by_item ON item_proposals (centre, item, id) WHERE item IS NOT NULL;

-- What a proposal was born of: impasses, and a precedent.
CREATE TABLE proposal_sources (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    source TEXT COLLATE "C" NOT NULL,
    proposal TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, source, proposal),
    FOREIGN KEY (centre, proposal) REFERENCES item_proposals (centre, id),
    CHECK (kind IN ('impasse', 'precedent'))
);
