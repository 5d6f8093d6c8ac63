DROP TABLE enterprise_code_changes;
ALTER TABLE enterprise_codes DROP COLUMN client;
