-- 演练: a database with a row here is a sandbox, from its creation and for good. Of each centre it says by how many
-- microseconds its clock is ahead of the machine's; no clock goes back.
CREATE TABLE sandbox_clocks (
    centre TEXT NOT NULL PRIMARY KEY CHECK (length(centre) = 6),
    ahead BIGINT NOT NULL CHECK (ahead >= 0)
);
CREATE TRIGGER sandbox_clocks_never_back BEFORE UPDATE ON sandbox_clocks FOR EACH ROW WHEN (NEW.ahead < OLD.ahead) EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER sandbox_clocks_no_delete BEFORE DELETE ON sandbox_clocks FOR EACH ROW EXECUTE PROCEDURE refuse_change();
