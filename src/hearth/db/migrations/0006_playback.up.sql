create schema playback;

-- One play of one item on one device. It ends with the sign-in (or API key) that began it.
-- `cuts` are the times in ms where segments begin, and the end of the last: the playlist, known before a frame is made.
