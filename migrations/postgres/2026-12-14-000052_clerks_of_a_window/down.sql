DROP INDEX postings_by_window;
