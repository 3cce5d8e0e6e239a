-- How loud the sound of a file, or a piece of it, was measured to be when the file had this size and time. Without a
-- loudness it is silent or could not be measured: it is not tried again before the file changes.
create table libraries.loudness (
    file_id uuid not null references libraries.file on delete cascade,
    start_ms bigint not null,
    end_ms bigint,
    size bigint not null,
    mtime_ns bigint not null,
    lufs real,
    peak real,
    primary key (file_id, start_ms)
);

-- Files whose keyframes were looked for before anybody played them, when they had this size and time. The keyframes
-- lie in the cache folder.
create table playback.keyframes_sought (
    file_id uuid primary key references libraries.file on delete cascade,
    size bigint not null,
    mtime_ns bigint not null
);
