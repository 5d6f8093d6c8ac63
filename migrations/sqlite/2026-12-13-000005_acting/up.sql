-- 代办: through which system, and by whose hand, an event was caused, as JSON; the digest covers it. `tracestate` goes with `trace`
-- (W3C Trace Context).
ALTER TABLE events ADD COLUMN tracestate TEXT;
ALTER TABLE events ADD COLUMN acted_through TEXT;
DROP TRIGGER events_no_update;
CREATE TRIGGER events_no_update BEFORE UPDATE OF centre, stream, version, id, kind, at, actor_role, actor, body, digest, trace, tracestate, acted_through ON events BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;

-- 代理人 as the centre knows them, the telephone that the system gave for them, 委托期限 and 委托权限: none for no end, and for
-- everything.
ALTER TABLE vouchers ADD COLUMN agent TEXT;
ALTER TABLE vouchers ADD COLUMN mandate_until TEXT;
ALTER TABLE vouchers ADD COLUMN mandate_powers TEXT;
ALTER TABLE vouchers ADD COLUMN agent_phone TEXT;
