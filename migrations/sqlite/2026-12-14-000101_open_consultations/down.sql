DROP INDEX consultations_open_by_fallback;
DROP INDEX consultations_open_by_holder;
DROP INDEX consultations_open_by_window;
DROP INDEX consultations_open;
