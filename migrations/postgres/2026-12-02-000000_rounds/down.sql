DROP TRIGGER impasses_rounds_never_fall ON impasses;
