-- 12345 工单: one row an order; the columns beside `body` are what lists are found by.
CREATE TABLE work_orders (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    hotline TEXT NOT NULL,
    external_no TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    dispatched_at TEXT NOT NULL,
    impasse TEXT,
    wake_at TEXT,
    head TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, id),
    UNIQUE (centre, hotline, external_no),
    FOREIGN KEY (centre, impasse) REFERENCES impasses (centre, id),
    CHECK (version > 0),
    CHECK (state IN ('dispatched', 'acknowledged', 'returned', 'not_ours', 'in_handling', 'answered', 'route_told', 'carried', 'completed', 'merged'))
) STRICT;
CREATE INDEX work_orders_by_number ON work_orders (centre, external_no, id);
CREATE INDEX work_orders_by_state ON work_orders (centre, state, id);
CREATE INDEX work_orders_by_hotline ON work_orders (centre, hotline, id);
CREATE INDEX work_orders_by_dispatch ON work_orders (centre, hotline, dispatched_at, id);
CREATE UNIQUE INDEX work_orders_by_impasse ON work_orders (centre, impasse) WHERE impasse IS NOT NULL;
CREATE INDEX work_orders_by_wake ON work_orders (centre, wake_at, id) WHERE wake_at IS NOT NULL;

-- How far the hotline's numbered messages of an order have come; whoever deals with one moves it by compare-and-set.
CREATE TABLE hotline_lines (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    hotline TEXT NOT NULL,
    external_no TEXT NOT NULL,
    revision INTEGER NOT NULL,
    done INTEGER NOT NULL,
    PRIMARY KEY (centre, hotline, external_no),
    CHECK (revision > 0),
    CHECK (done >= 0)
) STRICT;

-- Every numbered message as it was delivered: what came of it, or that it is held until the gap before it is filled.
-- The digest is keyed, so that nothing of a body can be guessed from it.
CREATE TABLE hotline_deliveries (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    hotline TEXT NOT NULL,
    external_no TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    digest TEXT NOT NULL,
    received_at TEXT NOT NULL,
    settled_at TEXT,
    body TEXT NOT NULL,
    status INTEGER,
    answer TEXT,
    PRIMARY KEY (centre, hotline, external_no, sequence),
    CHECK (sequence > 0),
    CHECK (state IN ('held', 'applied', 'refused')),
    CHECK ((state = 'held') = (settled_at IS NULL)),
    CHECK ((state = 'held') = (answer IS NULL)),
    CHECK ((answer IS NULL) = (status IS NULL))
) STRICT;
CREATE INDEX hotline_deliveries_held ON hotline_deliveries (centre, hotline, external_no, sequence) WHERE state = 'held';

-- 来电人: by the dispatch that named them. Personal data, of type PersonalText, and nowhere else in this file.
CREATE TABLE work_order_callers (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    hotline TEXT NOT NULL,
    external_no TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    document_kind TEXT,
    name TEXT,
    document_number TEXT,
    phone TEXT,
    address TEXT,
    PRIMARY KEY (centre, hotline, external_no, sequence),
    FOREIGN KEY (centre, hotline, external_no, sequence)
        REFERENCES hotline_deliveries (centre, hotline, external_no, sequence),
    CHECK ((document_kind IS NULL) = (document_number IS NULL))
) STRICT;

-- 代码对照
CREATE TABLE hotline_code_maps (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    hotline TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, hotline),
    CHECK (version > 0)
) STRICT;

-- What is to be sent out, written with the change that it tells of. Within a target and an ordering key the second is
-- never sent before the first is delivered.
CREATE TABLE outbox (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    target TEXT NOT NULL,
    ordering_key TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt_at TEXT NOT NULL,
    claimed_by TEXT,
    claimed_until TEXT,
    delivered_at TEXT,
    last_outcome TEXT,
    PRIMARY KEY (centre, id),
    UNIQUE (centre, target, ordering_key, sequence),
    CHECK (sequence > 0),
    CHECK (attempts >= 0),
    CHECK ((claimed_by IS NULL) = (claimed_until IS NULL))
) STRICT;
CREATE INDEX outbox_due ON outbox (centre, next_attempt_at, id) WHERE delivered_at IS NULL;
CREATE INDEX outbox_undelivered ON outbox (centre, target, ordering_key, sequence) WHERE delivered_at IS NULL;
