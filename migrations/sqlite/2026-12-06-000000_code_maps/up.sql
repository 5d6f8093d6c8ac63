-- 代码对照: what a system (hotline, platform, exchange) calls our codes, by subject.
CREATE TABLE code_maps (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    holder TEXT NOT NULL,
    subject TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, holder, subject),
    CHECK (version > 0)
) STRICT;
INSERT INTO code_maps (centre, holder, subject, version, body)
    SELECT centre, hotline, 'work_orders', version, body FROM hotline_code_maps;
DROP TABLE hotline_code_maps;
