-- 企业码: which enterprise a code stands for, by the keyed digest of its credit code.
CREATE TABLE enterprise_codes (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    code TEXT COLLATE "C" NOT NULL,
    document_digest TEXT COLLATE "C" NOT NULL,
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (centre, code)
);
