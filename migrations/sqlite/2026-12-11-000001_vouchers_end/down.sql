DROP INDEX vouchers_by_client;
ALTER TABLE vouchers DROP COLUMN ended_at;
