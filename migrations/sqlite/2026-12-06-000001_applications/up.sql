-- 实施编码 and 基本编码: by which other systems name an item.
ALTER TABLE item_versions ADD COLUMN implementation_code TEXT NOT NULL DEFAULT '';
ALTER TABLE item_versions ADD COLUMN base_code TEXT NOT NULL DEFAULT '';
UPDATE item_versions SET
    implementation_code = coalesce(json_extract(body, '$.content.implementation_code'), ''),
    base_code = coalesce(json_extract(body, '$.content.base_code'), '');
CREATE INDEX item_versions_by_implementation ON item_versions (centre, implementation_code, item);
CREATE INDEX item_versions_by_base ON item_versions (centre, base_code, item);

-- 推送: what a system handed in under its own number, each once. `digest` is keyed and tells a retry from another request.
CREATE TABLE pushes (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    client TEXT NOT NULL,
    external_no TEXT NOT NULL,
    act TEXT NOT NULL,
    number INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (centre, client, external_no, act, number),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id),
    CHECK (act IN ('application', 'correction', 'withdrawal')),
    CHECK (number >= 0)
) STRICT;

-- 预上传: files that a system has uploaded and no case names yet.
CREATE TABLE uploads (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    client TEXT NOT NULL,
    digest TEXT NOT NULL,
    file TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (centre, client, digest),
    CHECK (bytes > 0)
) STRICT;
CREATE INDEX uploads_by_age ON uploads (centre, at);
