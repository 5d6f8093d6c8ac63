-- Letters are listed in the order in which they were put into the box: ids do not tell it within a millisecond.
DROP INDEX outbox_by_target;
CREATE INDEX outbox_by_target ON outbox (centre, target, created_at, sequence, id);
DROP INDEX outbox_unsettled;
CREATE INDEX outbox_unsettled ON outbox (centre, target, created_at, sequence, id) WHERE delivered_at IS NULL;
