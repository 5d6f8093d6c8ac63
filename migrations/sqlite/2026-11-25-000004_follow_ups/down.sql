DROP INDEX impasses_by_closing;
DROP INDEX impasses_by_registration;
DROP TABLE follow_up_samples;
DROP TABLE follow_up_plans;
DROP TABLE negative_replies;
