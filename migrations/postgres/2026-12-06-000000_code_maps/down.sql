CREATE TABLE hotline_code_maps (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    hotline TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, hotline),
    CHECK (version > 0)
);
INSERT INTO hotline_code_maps (centre, hotline, version, body)
    SELECT centre, holder, version, body FROM code_maps WHERE subject = 'work_orders';
DROP TABLE code_maps;
