-- 否定答复: a window's own "no", numbered. It becomes an impasse once, and stays that one's.
CREATE TABLE negative_replies (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    id TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    window_code TEXT COLLATE "C" NOT NULL,
    fallback TEXT COLLATE "C" NOT NULL,
    applicant TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C",
    impasse TEXT COLLATE "C",
    head TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, id),
    UNIQUE (centre, number),
    UNIQUE (centre, impasse),
    FOREIGN KEY (centre, applicant) REFERENCES parties (centre, id),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id),
    FOREIGN KEY (centre, impasse) REFERENCES impasses (centre, id),
    CHECK (version > 0)
);
CREATE INDEX negative_replies_by_window ON negative_replies (centre, window_code, id);
CREATE INDEX negative_replies_by_fallback ON negative_replies (centre, fallback, id);
CREATE INDEX negative_replies_by_applicant ON negative_replies (centre, applicant, id);
CREATE TRIGGER negative_replies_no_delete BEFORE DELETE ON negative_replies FOR EACH ROW EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER negative_replies_no_truncate BEFORE TRUNCATE ON negative_replies FOR EACH STATEMENT EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER negative_replies_turn_once BEFORE UPDATE ON negative_replies FOR EACH ROW WHEN (OLD.impasse IS NOT NULL AND NEW.impasse IS DISTINCT FROM OLD.impasse) EXECUTE PROCEDURE refuse_change();

-- 回访计划, and what each has drawn. A row of the sample is open until it was looked at again.
CREATE TABLE follow_up_plans (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    open BOOLEAN NOT NULL,
    wake_at TIMESTAMP,
    head TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, id),
    CHECK (version > 0)
);
CREATE INDEX follow_up_plans_by_open ON follow_up_plans (centre, open, id);
CREATE INDEX follow_up_plans_by_wake ON follow_up_plans (centre, wake_at, id) WHERE wake_at IS NOT NULL;
CREATE TRIGGER follow_up_plans_no_delete BEFORE DELETE ON follow_up_plans FOR EACH ROW EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER follow_up_plans_no_truncate BEFORE TRUNCATE ON follow_up_plans FOR EACH STATEMENT EXECUTE PROCEDURE refuse_change();

CREATE TABLE follow_up_samples (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    plan TEXT COLLATE "C" NOT NULL,
    impasse TEXT COLLATE "C" NOT NULL,
    open BOOLEAN NOT NULL,
    PRIMARY KEY (centre, plan, impasse),
    FOREIGN KEY (centre, plan) REFERENCES follow_up_plans (centre, id),
    FOREIGN KEY (centre, impasse) REFERENCES impasses (centre, id)
);
CREATE INDEX follow_up_samples_by_impasse ON follow_up_samples (centre, impasse, open, plan);
CREATE TRIGGER follow_up_samples_no_delete BEFORE DELETE ON follow_up_samples FOR EACH ROW EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER follow_up_samples_no_truncate BEFORE TRUNCATE ON follow_up_samples FOR EACH STATEMENT EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER follow_up_samples_tick_once BEFORE UPDATE ON follow_up_samples FOR EACH ROW WHEN (NOT OLD.open OR NEW.impasse <> OLD.impasse) EXECUTE PROCEDURE refuse_change();

-- The register and what was closed out, by date.
CREATE INDEX impasses_by_registration ON impasses (centre, registered_at, id);
CREATE INDEX impasses_by_closing ON impasses (centre, closed_at, id) WHERE closed_at IS NOT NULL;
