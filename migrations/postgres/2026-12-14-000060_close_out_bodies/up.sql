-- 销号: what stands in an impasse says closed out only where its state does, which asks for the applicant's answer (clause D5-2).
CREATE TRIGGER impasses_close_as_they_stand BEFORE UPDATE ON impasses FOR EACH ROW WHEN (NEW.state <> 'closed_out' AND NEW.body::json ->> 'state' = 'closed_out') EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER impasses_begin_as_they_stand BEFORE INSERT ON impasses FOR EACH ROW WHEN (NEW.state <> 'closed_out' AND NEW.body::json ->> 'state' = 'closed_out') EXECUTE PROCEDURE refuse_change();
