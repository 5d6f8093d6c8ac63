CREATE TABLE moves_aside AS SELECT * FROM recomputation_moves;
DROP TABLE recomputation_moves;
CREATE TABLE recomputation_moves (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    recomputation TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    item_id TEXT COLLATE "C" NOT NULL,
    limit_kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    due_before DATE NOT NULL,
    due_after DATE NOT NULL,
    provisional_before BOOLEAN NOT NULL,
    provisional_after BOOLEAN NOT NULL,
    PRIMARY KEY (centre, recomputation, kind, item_id, limit_kind, subject),
    FOREIGN KEY (centre, recomputation) REFERENCES recomputations (centre, id),
    CHECK (kind IN ('case', 'impasse', 'follow_up_plan'))
);
INSERT INTO recomputation_moves SELECT centre, recomputation, kind, item_id, limit_kind, subject, due_before, due_after, provisional_before, provisional_after FROM moves_aside WHERE kind <> 'work_order';
DROP TABLE moves_aside;
-- It goes on after the last follow-up plan.
UPDATE recomputations SET cursor = 'follow_up_plan:ffffffff-ffff-7fff-bfff-ffffffffffff' WHERE cursor LIKE 'work_order:%';
