-- 对接系统: the programs that may ask for tokens, what each may do, and the public keys it signs with. Its secrets follow
-- from the installation's own, so that none is stored.
CREATE TABLE clients (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    code TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    role TEXT NOT NULL CHECK (role IN ('adapter', 'hotline')),
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    keys TEXT,
    revoked_until TEXT,
    created_at TEXT NOT NULL,
    PRIMARY KEY (centre, code)
) STRICT;
CREATE TRIGGER clients_no_delete BEFORE DELETE ON clients BEGIN SELECT RAISE(ABORT, 'clients are never deleted'); END;

CREATE TABLE client_secrets (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    client TEXT NOT NULL,
    id TEXT NOT NULL,
    issued_at TEXT NOT NULL,
    ended_at TEXT,
    PRIMARY KEY (centre, client, id),
    FOREIGN KEY (centre, client) REFERENCES clients (centre, code)
) STRICT;

-- What can be used once: the assertions of clients (RFC 7523).
CREATE TABLE client_assertions (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    client TEXT NOT NULL,
    digest TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (centre, client, digest)
) STRICT;
CREATE INDEX client_assertions_by_expiry ON client_assertions (centre, expires_at);

-- 代办凭据: for whom a system vouched, how sure it was, and whose mandate the agent had.
CREATE TABLE vouchers (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    client TEXT NOT NULL,
    party TEXT NOT NULL,
    assurance TEXT NOT NULL,
    agent_digest TEXT,
    mandate TEXT,
    at TEXT NOT NULL,
    PRIMARY KEY (centre, id),
    FOREIGN KEY (centre, party) REFERENCES parties (centre, id),
    CHECK ((agent_digest IS NULL) = (mandate IS NULL))
) STRICT;
CREATE INDEX vouchers_by_party ON vouchers (centre, party, id);
