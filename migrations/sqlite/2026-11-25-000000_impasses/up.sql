-- What applicants said of an answer, each once and for good. A close-out refers to one that says satisfied.
CREATE TABLE impasse_answers (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    impasse TEXT NOT NULL,
    round INTEGER NOT NULL,
    applicant TEXT NOT NULL,
    responded INTEGER NOT NULL CHECK (responded IN (0, 1)),
    solved INTEGER NOT NULL CHECK (solved IN (0, 1)),
    satisfied INTEGER NOT NULL CHECK (satisfied IN (0, 1)),
    source TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (centre, impasse, round),
    UNIQUE (centre, impasse, round, applicant, satisfied),
    FOREIGN KEY (centre, applicant) REFERENCES parties (centre, id),
    CHECK (source IN ('applicant', 'at_the_window', 'platform', 'hotline_call')),
    CHECK (round > 0)
) STRICT;
CREATE TRIGGER impasse_answers_no_update BEFORE UPDATE ON impasse_answers BEGIN SELECT RAISE(ABORT, 'impasse_answers is append-only'); END;
CREATE TRIGGER impasse_answers_no_delete BEFORE DELETE ON impasse_answers BEGIN SELECT RAISE(ABORT, 'impasse_answers is append-only'); END;

-- One row an impasse (办不成事): `body` is the whole aggregate, the other columns repeat what lists filter and order by.
-- The state closed_out exists only together with an answer of its applicant that says satisfied.
CREATE TABLE impasses (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    number TEXT,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    level TEXT,
    category TEXT NOT NULL,
    channel TEXT NOT NULL,
    window_code TEXT NOT NULL,
    fallback TEXT NOT NULL,
    applicant TEXT NOT NULL,
    client TEXT,
    external_number TEXT,
    failed_case TEXT,
    subject TEXT NOT NULL,
    registered_at TEXT NOT NULL,
    filed_at TEXT,
    due_on TEXT,
    amber_on TEXT,
    wake_at TEXT,
    closed_at TEXT,
    close_round INTEGER,
    close_satisfied INTEGER CHECK (close_satisfied IN (0, 1)),
    rounds INTEGER NOT NULL,
    head TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, id),
    UNIQUE (centre, number),
    UNIQUE (centre, client, external_number),
    FOREIGN KEY (centre, applicant) REFERENCES parties (centre, id),
    FOREIGN KEY (centre, failed_case) REFERENCES cases (centre, id),
    FOREIGN KEY (centre, id, close_round, applicant, close_satisfied) REFERENCES impasse_answers (centre, impasse, round, applicant, satisfied),
    CHECK (version > 0),
    CHECK (state IN ('registered', 'filed', 'in_handling', 'awaiting_applicant', 'carried', 'closed_out')),
    CHECK (level IS NULL OR level IN ('general', 'difficult', 'exceptional')),
    CHECK (state IN ('registered', 'filed') OR level IS NOT NULL),
    CHECK ((state = 'registered') = (number IS NULL)),
    CHECK ((number IS NULL) = (filed_at IS NULL)),
    CHECK ((state = 'closed_out') = (closed_at IS NOT NULL)),
    CHECK ((state = 'closed_out') = (close_round IS NOT NULL)),
    CHECK ((close_round IS NULL) = (close_satisfied IS NULL)),
    CHECK (close_satisfied IS NULL OR close_satisfied),
    CHECK (close_round IS NULL OR close_round = rounds),
    CHECK ((due_on IS NULL) = (amber_on IS NULL)),
    CHECK (external_number IS NULL OR client IS NOT NULL)
) STRICT;
CREATE INDEX impasses_by_state ON impasses (centre, state, id);
CREATE INDEX impasses_by_level ON impasses (centre, level, id);
CREATE INDEX impasses_by_category ON impasses (centre, category, id);
CREATE INDEX impasses_by_channel ON impasses (centre, channel, id);
CREATE INDEX impasses_by_window ON impasses (centre, window_code, id);
CREATE INDEX impasses_by_applicant ON impasses (centre, applicant, id);
CREATE INDEX impasses_by_client ON impasses (centre, client, id);
CREATE INDEX impasses_by_due ON impasses (centre, state, due_on, id);
CREATE INDEX impasses_by_wake ON impasses (centre, wake_at, id) WHERE wake_at IS NOT NULL;
CREATE INDEX impasses_by_filing ON impasses (centre, filed_at, id) WHERE filed_at IS NOT NULL;
CREATE INDEX impasses_by_failed_case ON impasses (centre, failed_case) WHERE failed_case IS NOT NULL;
-- Nothing may leave the loop.
CREATE TRIGGER impasses_no_delete BEFORE DELETE ON impasses BEGIN SELECT RAISE(ABORT, 'impasses are never deleted'); END;

-- Departments with an assignment order (交办单): it gives them sight of the impasse and a line in their list.
CREATE TABLE impasse_parts (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    department TEXT NOT NULL,
    impasse TEXT NOT NULL,
    open INTEGER NOT NULL CHECK (open IN (0, 1)),
    due_on TEXT,
    PRIMARY KEY (centre, department, impasse),
    FOREIGN KEY (centre, department) REFERENCES departments (centre, code),
    FOREIGN KEY (centre, impasse) REFERENCES impasses (centre, id)
) STRICT;
CREATE INDEX impasse_parts_by_impasse ON impasse_parts (centre, impasse);
CREATE INDEX impasse_parts_by_due ON impasse_parts (centre, department, open, due_on, impasse);

-- Who read unmasked personal data of an impasse's applicant.
CREATE TABLE impasse_disclosures (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    impasse TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (centre, id),
    FOREIGN KEY (centre, impasse) REFERENCES impasses (centre, id)
) STRICT;
CREATE INDEX impasse_disclosures_by_impasse ON impasse_disclosures (centre, impasse, id);
CREATE TRIGGER impasse_disclosures_no_update BEFORE UPDATE ON impasse_disclosures BEGIN SELECT RAISE(ABORT, 'impasse_disclosures is append-only'); END;
CREATE TRIGGER impasse_disclosures_no_delete BEFORE DELETE ON impasse_disclosures BEGIN SELECT RAISE(ABORT, 'impasse_disclosures is append-only'); END;
