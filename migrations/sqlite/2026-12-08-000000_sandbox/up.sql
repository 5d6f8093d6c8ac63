-- 演练: a database with a row here is a sandbox, from its creation and for good. Of each centre it says by how many
-- microseconds its clock is ahead of the machine's; no clock goes back.
CREATE TABLE sandbox_clocks (
    centre TEXT NOT NULL PRIMARY KEY CHECK (length(centre) = 6),
    ahead INTEGER NOT NULL CHECK (ahead >= 0)
) STRICT;
CREATE TRIGGER sandbox_clocks_never_back BEFORE UPDATE ON sandbox_clocks WHEN NEW.ahead < OLD.ahead BEGIN SELECT RAISE(ABORT, 'no clock goes back'); END;
CREATE TRIGGER sandbox_clocks_no_delete BEFORE DELETE ON sandbox_clocks BEGIN SELECT RAISE(ABORT, 'a sandbox stays one'); END;
