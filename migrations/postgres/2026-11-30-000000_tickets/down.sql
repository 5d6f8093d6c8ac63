DROP TABLE hotline_tickets;
