-- What wakes in vain is put right by the first look.
SELECT 1;
