DROP TRIGGER impasses_begin_as_they_stand ON impasses;
DROP TRIGGER impasses_close_as_they_stand ON impasses;
