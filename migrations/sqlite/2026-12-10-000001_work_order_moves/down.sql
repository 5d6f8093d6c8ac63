PRAGMA defer_foreign_keys = ON;
CREATE TABLE moves_aside AS SELECT * FROM recomputation_moves;
DROP TABLE recomputation_moves;
CREATE TABLE recomputation_moves (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    recomputation TEXT NOT NULL,
    kind TEXT NOT NULL,
    item_id TEXT NOT NULL,
    limit_kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    due_before TEXT NOT NULL,
    due_after TEXT NOT NULL,
    provisional_before INTEGER NOT NULL CHECK (provisional_before IN (0, 1)),
    provisional_after INTEGER NOT NULL CHECK (provisional_after IN (0, 1)),
    PRIMARY KEY (centre, recomputation, kind, item_id, limit_kind, subject),
    FOREIGN KEY (centre, recomputation) REFERENCES recomputations (centre, id),
    CHECK (kind IN ('case', 'impasse', 'follow_up_plan'))
) STRICT;
INSERT INTO recomputation_moves SELECT centre, recomputation, kind, item_id, limit_kind, subject, due_before, due_after, provisional_before, provisional_after FROM moves_aside WHERE kind <> 'work_order';
DROP TABLE moves_aside;
-- It goes on after the last follow-up plan.
UPDATE recomputations SET cursor = 'follow_up_plan:ffffffff-ffff-7fff-bfff-ffffffffffff' WHERE cursor LIKE 'work_order:%';
