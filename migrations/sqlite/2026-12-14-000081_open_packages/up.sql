-- What an applicant has open of packages, without what has ended.
CREATE INDEX cases_open_in_package ON cases (centre, applicant, package) WHERE package IS NOT NULL AND ended_at IS NULL;
