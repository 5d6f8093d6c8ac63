-- The system that registered a code; none where it was an administrator, or nobody knows any more.
ALTER TABLE enterprise_codes ADD COLUMN client TEXT;

-- 企业码更正、撤销: what a code stood for before, until when, and why no longer.
CREATE TABLE enterprise_code_changes (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    code TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    document_digest TEXT NOT NULL,
    bound_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    how TEXT NOT NULL CHECK (how IN ('corrected', 'revoked')),
    reason TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (centre, code, number)
) STRICT;
CREATE TRIGGER enterprise_code_changes_no_update BEFORE UPDATE ON enterprise_code_changes BEGIN SELECT RAISE(ABORT, 'enterprise_code_changes is append-only'); END;
CREATE TRIGGER enterprise_code_changes_no_delete BEFORE DELETE ON enterprise_code_changes BEGIN SELECT RAISE(ABORT, 'enterprise_code_changes is append-only'); END;
