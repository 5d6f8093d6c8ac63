-- 网关凭据 that the gateway issued and not we: the secret is sealed with a key that follows from the installation's. An access key
-- that is good is one program's alone.
CREATE TABLE gateway_credentials (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    client TEXT NOT NULL,
    access_key TEXT NOT NULL,
    sealed TEXT NOT NULL,
    issued_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    PRIMARY KEY (centre, id),
    FOREIGN KEY (centre, client) REFERENCES clients (centre, code)
);
CREATE UNIQUE INDEX gateway_credentials_live ON gateway_credentials (centre, access_key) WHERE ended_at IS NULL;
CREATE INDEX gateway_credentials_by_client ON gateway_credentials (centre, client, id);
