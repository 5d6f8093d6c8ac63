-- 窗口统计: the cases of a period are those that ended in it or later, and those that have not.
CREATE INDEX cases_by_end ON cases (centre, ended_at, id);
