-- Pictures of the own news page are sealed with a key each, which goes with them when they come down.
ALTER TABLE news_picture ADD COLUMN own_key BLOB; -- wrapped; absent: from before, in plain
ALTER TABLE news_picture ADD COLUMN size_bytes INTEGER; -- of the picture itself; absent: as long as what is kept
