CREATE TABLE moves_aside AS SELECT * FROM recomputation_moves;
DROP TABLE recomputation_moves;
CREATE TABLE recomputation_moves (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    recomputation TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    limit_kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    due_before DATE NOT NULL,
    due_after DATE NOT NULL,
    provisional_before BOOLEAN NOT NULL,
    provisional_after BOOLEAN NOT NULL,
    PRIMARY KEY (centre, recomputation, case_id, limit_kind, subject),
    FOREIGN KEY (centre, recomputation) REFERENCES recomputations (centre, id),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id)
);
INSERT INTO recomputation_moves SELECT centre, recomputation, item_id, limit_kind, subject, due_before, due_after, provisional_before, provisional_after FROM moves_aside WHERE kind = 'case';
DROP TABLE moves_aside;
UPDATE recomputations SET cursor = NULL, examined = 0, moved = 0 WHERE cursor LIKE '%:%';
