drop schema playback cascade;
