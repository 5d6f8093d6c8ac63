DROP TABLE enterprise_codes;
