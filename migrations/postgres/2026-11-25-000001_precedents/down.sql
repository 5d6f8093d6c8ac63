DROP TABLE proposal_sources;
DROP TABLE item_proposals;
DROP TABLE precedent_terms;
DROP TABLE precedent_editions;
DROP TABLE precedents;
