-- 本窗口同事: whom a case may be handed to before its acceptance.
CREATE INDEX postings_by_window ON postings (centre, window_code, staff);
