-- 轮次 only grow: a round that is over cannot be made the newest again, so that its answer closes nothing out (clause D5-2).
CREATE TRIGGER impasses_rounds_never_fall BEFORE UPDATE ON impasses WHEN NEW.rounds < OLD.rounds BEGIN SELECT RAISE(ABORT, 'the rounds of an impasse never fall'); END;
