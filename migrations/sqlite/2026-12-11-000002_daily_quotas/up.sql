-- 每日额度: how much a system may have on one day of the hall; none for no limit.
ALTER TABLE clients ADD COLUMN daily_calls INTEGER CHECK (daily_calls > 0);
ALTER TABLE clients ADD COLUMN daily_applications INTEGER CHECK (daily_applications > 0);

CREATE TABLE client_usage (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    client TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('calls', 'applications')),
    day TEXT NOT NULL,
    used INTEGER NOT NULL CHECK (used >= 0),
    PRIMARY KEY (centre, client, kind, day),
    FOREIGN KEY (centre, client) REFERENCES clients (centre, code)
) STRICT;
