-- 委托事项: the items that a mandate is for, by their codes; none for all.
ALTER TABLE vouchers ADD COLUMN mandate_items TEXT;
