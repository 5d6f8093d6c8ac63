DROP TABLE uploads;
DROP TABLE pushes;
DROP INDEX item_versions_by_base;
DROP INDEX item_versions_by_implementation;
ALTER TABLE item_versions DROP COLUMN base_code;
ALTER TABLE item_versions DROP COLUMN implementation_code;
