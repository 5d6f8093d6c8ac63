DROP TABLE exchange_rows;
DROP TABLE export_sendings;
DROP TABLE export_parts;
DROP TABLE exports;
