-- 推送订阅: where a system wants to be told of what it can see in the feed, and how far it was told. Its secrets follow from
-- the installation's own, so that none is stored.
CREATE TABLE webhook_endpoints (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    client TEXT NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    types TEXT NOT NULL,
    signature TEXT NOT NULL CHECK (signature IN ('hmac_sha256', 'hmac_sm3')),
    state TEXT NOT NULL CHECK (state IN ('active', 'off', 'failing', 'gone', 'deleted')),
    place INTEGER NOT NULL CHECK (place >= 0),
    failures INTEGER NOT NULL CHECK (failures >= 0),
    failing_since TEXT,
    probe_at TEXT,
    created_at TEXT NOT NULL,
    PRIMARY KEY (centre, id),
    FOREIGN KEY (centre, client) REFERENCES clients (centre, code),
    CHECK ((failures = 0) = (failing_since IS NULL))
) STRICT;
CREATE INDEX webhook_endpoints_by_client ON webhook_endpoints (centre, client, id);

CREATE TABLE webhook_secrets (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    endpoint TEXT NOT NULL,
    id TEXT NOT NULL,
    issued_at TEXT NOT NULL,
    ends_at TEXT,
    PRIMARY KEY (centre, endpoint, id),
    FOREIGN KEY (centre, endpoint) REFERENCES webhook_endpoints (centre, id)
) STRICT;

-- A letter may tell several of one message, which has the same id for all of them; and it may be given up.
ALTER TABLE outbox ADD COLUMN message TEXT;
ALTER TABLE outbox ADD COLUMN given_up_at TEXT;
-- Claims are judged by the machine's clock from now on, wherever that of a sandbox is.
UPDATE outbox SET claimed_by = NULL, claimed_until = NULL;
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (centre, target, next_attempt_at, id) WHERE delivered_at IS NULL AND given_up_at IS NULL;
DROP INDEX outbox_undelivered;
CREATE INDEX outbox_undelivered ON outbox (centre, target, ordering_key, sequence) WHERE delivered_at IS NULL AND given_up_at IS NULL;
CREATE INDEX outbox_by_target ON outbox (centre, target, id);
CREATE INDEX outbox_unsettled ON outbox (centre, target, id) WHERE delivered_at IS NULL;

CREATE TABLE outbox_attempts (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    letter TEXT NOT NULL,
    id TEXT NOT NULL,
    at TEXT NOT NULL,
    outcome TEXT NOT NULL,
    took_ms INTEGER NOT NULL CHECK (took_ms >= 0),
    PRIMARY KEY (centre, letter, id),
    FOREIGN KEY (centre, letter) REFERENCES outbox (centre, id)
) STRICT;
