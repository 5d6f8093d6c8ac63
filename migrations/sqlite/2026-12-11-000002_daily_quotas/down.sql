DROP TABLE client_usage;
ALTER TABLE clients DROP COLUMN daily_applications;
ALTER TABLE clients DROP COLUMN daily_calls;
