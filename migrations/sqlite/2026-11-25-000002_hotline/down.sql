DROP TABLE outbox;
DROP TABLE hotline_code_maps;
DROP TABLE work_order_callers;
DROP TABLE hotline_deliveries;
DROP TABLE hotline_lines;
DROP TABLE work_orders;
