ALTER TABLE vouchers DROP COLUMN mandate_items;
