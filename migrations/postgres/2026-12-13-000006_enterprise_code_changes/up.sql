-- The system that registered a code; none where it was an administrator, or nobody knows any more.
ALTER TABLE enterprise_codes ADD COLUMN client TEXT COLLATE "C";

-- 企业码更正、撤销: what a code stood for before, until when, and why no longer.
CREATE TABLE enterprise_code_changes (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    code TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL CHECK (number > 0),
    document_digest TEXT COLLATE "C" NOT NULL,
    bound_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP NOT NULL,
    how TEXT COLLATE "C" NOT NULL CHECK (how IN ('corrected', 'revoked')),
    reason TEXT NOT NULL,
    actor_role TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, code, number)
);
CREATE TRIGGER enterprise_code_changes_append_only BEFORE UPDATE OR DELETE ON enterprise_code_changes FOR EACH ROW EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER enterprise_code_changes_no_truncate BEFORE TRUNCATE ON enterprise_code_changes FOR EACH STATEMENT EXECUTE PROCEDURE refuse_change();
