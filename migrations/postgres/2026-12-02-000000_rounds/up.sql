-- 轮次 only grow: a round that is over cannot be made the newest again, so that its answer closes nothing out (clause D5-2).
CREATE TRIGGER impasses_rounds_never_fall BEFORE UPDATE ON impasses FOR EACH ROW WHEN (NEW.rounds < OLD.rounds) EXECUTE PROCEDURE refuse_change();
