DROP INDEX outbox_unsettled;
CREATE INDEX outbox_unsettled ON outbox (centre, target, id) WHERE delivered_at IS NULL;
DROP INDEX outbox_by_target;
CREATE INDEX outbox_by_target ON outbox (centre, target, id);
