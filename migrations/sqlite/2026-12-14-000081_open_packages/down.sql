DROP INDEX cases_open_in_package;
