-- What was passed on for one applicant, for the enterprise as a whole.
CREATE INDEX hotline_tickets_by_applicant ON hotline_tickets (centre, applicant, id);
