-- 终止: the system acts for the applicant no more, and the tokens that it got for it are no longer good.
ALTER TABLE vouchers ADD COLUMN ended_at TEXT;
CREATE INDEX vouchers_by_client ON vouchers (centre, client, id);
