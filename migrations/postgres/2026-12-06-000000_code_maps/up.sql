-- 代码对照: what a system (hotline, platform, exchange) calls our codes, by subject.
CREATE TABLE code_maps (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    holder TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, holder, subject),
    CHECK (version > 0)
);
INSERT INTO code_maps (centre, holder, subject, version, body)
    SELECT centre, hotline, 'work_orders', version, body FROM hotline_code_maps;
DROP TABLE hotline_code_maps;
