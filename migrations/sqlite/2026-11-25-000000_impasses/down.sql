DROP TABLE impasse_disclosures;
DROP TABLE impasse_parts;
DROP TABLE impasses;
DROP TABLE impasse_answers;
