-- 每日额度: how much a system may have on one day of the hall; none for no limit.
ALTER TABLE clients ADD COLUMN daily_calls BIGINT CHECK (daily_calls > 0);
ALTER TABLE clients ADD COLUMN daily_applications BIGINT CHECK (daily_applications > 0);

CREATE TABLE client_usage (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    client TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('calls', 'applications')),
    day DATE NOT NULL,
    used BIGINT NOT NULL CHECK (used >= 0),
    PRIMARY KEY (centre, client, kind, day),
    FOREIGN KEY (centre, client) REFERENCES clients (centre, code)
);
