-- 企业码: which enterprise a code stands for, by the keyed digest of its credit code.
CREATE TABLE enterprise_codes (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    code TEXT NOT NULL,
    document_digest TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (centre, code)
) STRICT;
