-- 套餐时限 that a new edition of the calendar moved. `item` is the member whose expected date it is, and '*' for the end of
-- the whole.
CREATE TABLE recomputation_package_moves (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    recomputation TEXT COLLATE "C" NOT NULL,
    application TEXT COLLATE "C" NOT NULL,
    item TEXT COLLATE "C" NOT NULL,
    due_before DATE NOT NULL,
    due_after DATE NOT NULL,
    provisional_before BOOLEAN NOT NULL,
    provisional_after BOOLEAN NOT NULL,
    PRIMARY KEY (centre, recomputation, application, item),
    FOREIGN KEY (centre, recomputation) REFERENCES recomputations (centre, id),
    FOREIGN KEY (centre, application) REFERENCES package_applications (centre, id)
);
