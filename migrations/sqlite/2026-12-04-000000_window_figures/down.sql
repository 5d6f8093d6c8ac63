DROP INDEX cases_by_end;
