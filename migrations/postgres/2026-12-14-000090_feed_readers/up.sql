-- 滞后: up to where each system has said that it has read the feed, and when it said so last. Not every system is registered.
CREATE TABLE feed_readers (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    client TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL CHECK (place >= 0),
    asked_at TIMESTAMP NOT NULL,
    PRIMARY KEY (centre, client)
);
