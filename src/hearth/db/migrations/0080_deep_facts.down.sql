drop table playback.keyframes_sought;
drop table libraries.loudness;
