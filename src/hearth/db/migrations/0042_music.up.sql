-- A part of a version may be a piece of its file: a track of an album that is one long recording.
alter table catalog.part add column start_ms bigint, add column end_ms bigint;

-- A list that was read from a playlist file (a full path), and follows it.
alter table activity.list add column source bytea;
create unique index list_source on activity.list (source) where source is not null;
