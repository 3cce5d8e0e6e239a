-- How a root is kept up with: `watch` is 'watched', or a sentence that says why it is scanned by the clock instead.
-- `watcher` is the process that watches it, until `watcher_until`; `marked` says that our marker file was written there.
alter table libraries.root
    add column watch text,
    add column watcher text,
    add column watcher_until timestamptz,
    add column marked boolean not null default false;

-- A scan of some folders only (full paths); null is the whole library. `again_folders` are those of the scan that
-- follows one under way.
alter table libraries.scan
    add column of_folders bytea[],
    add column again_folders bytea[];

create index file_missing on libraries.file (missing_since) where missing_since is not null;
