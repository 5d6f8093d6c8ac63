DROP TABLE submissions;
DROP TABLE submission_packets;
DROP TABLE meeting_departments;
DROP TABLE meeting_items;
DROP TABLE meetings;
DROP TABLE triage_sessions;
