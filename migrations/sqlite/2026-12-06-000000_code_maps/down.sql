CREATE TABLE hotline_code_maps (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    hotline TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, hotline),
    CHECK (version > 0)
) STRICT;
INSERT INTO hotline_code_maps (centre, hotline, version, body)
    SELECT centre, holder, version, body FROM code_maps WHERE subject = 'work_orders';
DROP TABLE code_maps;
