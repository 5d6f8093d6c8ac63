-- 否定答复: a window's own "no", numbered. It becomes an impasse once, and stays that one's.
CREATE TABLE negative_replies (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    version INTEGER NOT NULL,
    window_code TEXT NOT NULL,
    fallback TEXT NOT NULL,
    applicant TEXT NOT NULL,
    case_id TEXT,
    impasse TEXT,
    head TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, id),
    UNIQUE (centre, number),
    UNIQUE (centre, impasse),
    FOREIGN KEY (centre, applicant) REFERENCES parties (centre, id),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id),
    FOREIGN KEY (centre, impasse) REFERENCES impasses (centre, id),
    CHECK (version > 0)
) STRICT;
CREATE INDEX negative_replies_by_window ON negative_replies (centre, window_code, id);
CREATE INDEX negative_replies_by_fallback ON negative_replies (centre, fallback, id);
CREATE INDEX negative_replies_by_applicant ON negative_replies (centre, applicant, id);
CREATE TRIGGER negative_replies_no_delete BEFORE DELETE ON negative_replies BEGIN SELECT RAISE(ABORT, 'negative_replies are never deleted'); END;
CREATE TRIGGER negative_replies_turn_once BEFORE UPDATE ON negative_replies WHEN OLD.impasse IS NOT NULL AND NEW.impasse IS NOT OLD.impasse BEGIN SELECT RAISE(ABORT, 'a negative reply becomes an impasse once'); END;

-- 回访计划, and what each has drawn. A row of the sample is open until it was looked at again.
CREATE TABLE follow_up_plans (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    open INTEGER NOT NULL CHECK (open IN (0, 1)),
    wake_at TEXT,
    head TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, id),
    CHECK (version > 0)
) STRICT;
CREATE INDEX follow_up_plans_by_open ON follow_up_plans (centre, open, id);
CREATE INDEX follow_up_plans_by_wake ON follow_up_plans (centre, wake_at, id) WHERE wake_at IS NOT NULL;
CREATE TRIGGER follow_up_plans_no_delete BEFORE DELETE ON follow_up_plans BEGIN SELECT RAISE(ABORT, 'follow_up_plans are never deleted'); END;

CREATE TABLE follow_up_samples (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    plan TEXT NOT NULL,
    impasse TEXT NOT NULL,
    open INTEGER NOT NULL CHECK (open IN (0, 1)),
    PRIMARY KEY (centre, plan, impasse),
    FOREIGN KEY (centre, plan) REFERENCES follow_up_plans (centre, id),
    FOREIGN KEY (centre, impasse) REFERENCES impasses (centre, id)
) STRICT;
CREATE INDEX follow_up_samples_by_impasse ON follow_up_samples (centre, impasse, open, plan);
CREATE TRIGGER follow_up_samples_no_delete BEFORE DELETE ON follow_up_samples BEGIN SELECT RAISE(ABORT, 'follow_up_samples are never deleted'); END;
CREATE TRIGGER follow_up_samples_tick_once BEFORE UPDATE ON follow_up_samples WHEN NOT OLD.open OR NEW.impasse <> OLD.impasse BEGIN SELECT RAISE(ABORT, 'what was drawn stays drawn, and is ticked off once'); END;

-- The register and what was closed out, by date.
CREATE INDEX impasses_by_registration ON impasses (centre, registered_at, id);
CREATE INDEX impasses_by_closing ON impasses (centre, closed_at, id) WHERE closed_at IS NOT NULL;
