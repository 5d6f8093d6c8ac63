-- What is open is looked for every day, and is little beside what has ended.
CREATE INDEX consultations_open ON consultations (centre, id) WHERE open;
CREATE INDEX consultations_open_by_window ON consultations (centre, window_code, id) WHERE open;
CREATE INDEX consultations_open_by_holder ON consultations (centre, held_at, id) WHERE open;
CREATE INDEX consultations_open_by_fallback ON consultations (centre, fallback, id) WHERE open;
