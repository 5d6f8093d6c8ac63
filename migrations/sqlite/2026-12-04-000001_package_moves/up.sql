-- 套餐时限 that a new edition of the calendar moved. `item` is the member whose expected date it is, and '*' for the end of
-- the whole.
CREATE TABLE recomputation_package_moves (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    recomputation TEXT NOT NULL,
    application TEXT NOT NULL,
    item TEXT NOT NULL,
    due_before TEXT NOT NULL,
    due_after TEXT NOT NULL,
    provisional_before INTEGER NOT NULL CHECK (provisional_before IN (0, 1)),
    provisional_after INTEGER NOT NULL CHECK (provisional_after IN (0, 1)),
    PRIMARY KEY (centre, recomputation, application, item),
    FOREIGN KEY (centre, recomputation) REFERENCES recomputations (centre, id),
    FOREIGN KEY (centre, application) REFERENCES package_applications (centre, id)
) STRICT;
