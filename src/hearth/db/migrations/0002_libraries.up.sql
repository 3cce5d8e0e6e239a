create schema libraries;

create table libraries.library (
    id uuid primary key,
    name text not null,
    name_key text not null unique,
    kind text not null check (kind in ('movies', 'shows', 'music')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table libraries.root (
    id uuid primary key,
    library_id uuid not null references libraries.library on delete cascade,
    path bytea not null unique,
    problem text,
    created_at timestamptz not null default now()
);
create index root_library on libraries.root (library_id);

-- One row a folder. The digest covers names, sizes and times of what lies in it, and is written in the transaction
-- that files the last of it: a folder whose digest still holds needs no look at its files, and a crash leaves the old one.
create table libraries.folder (
    root_id uuid not null references libraries.root on delete cascade,
    path bytea not null,
    digest bytea not null,
    files integer not null,
    primary key (root_id, path)
);

-- What lies on disk; `path` is relative to the root, in the bytes that the file system gave.
create table libraries.file (
    id uuid primary key,
    root_id uuid not null references libraries.root on delete cascade,
    folder bytea not null,
    name bytea not null,
    kind text not null check (kind in ('video', 'audio', 'subtitle', 'image', 'text')),
    size bigint not null,
    mtime_ns bigint not null,
    inode bigint not null,
    fingerprint bytea,
    media jsonb,
    problem text,
    missing_since timestamptz,
    added_at timestamptz not null default now(),
    unique (root_id, folder, name)
);
create index file_fingerprint on libraries.file (fingerprint) where fingerprint is not null;
create index file_inode on libraries.file (inode, size);
create index file_problem on libraries.file (root_id) where problem is not null and missing_since is null;

create table libraries.scan (
    id uuid primary key,
    library_id uuid not null references libraries.library on delete cascade,
    state text not null default 'queued'
        check (state in ('queued', 'running', 'paused', 'done', 'failed', 'cancelled')),
    cancel_requested boolean not null default false,
    accept_missing boolean not null default false,
    -- Asked for again while it ran: what came behind its back is found by a scan right after it.
    again boolean not null default false,
    folders integer not null default 0,
    files integer not null default 0,
    new integer not null default 0,
    changed integer not null default 0,
    moved integer not null default 0,
    missing integer not null default 0,
    refused integer not null default 0,
    items_added integer not null default 0,
    to_file integer,
    filed integer not null default 0,
    current text,
    message text,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    updated_at timestamptz not null default now(),
    finished_at timestamptz
);
create index scan_library on libraries.scan (library_id, created_at desc);
-- At most one scan of a library lives at a time; asking again answers with the one under way.
create unique index scan_live on libraries.scan (library_id) where state in ('queued', 'running');

create table libraries.scan_problem (
    scan_id uuid not null references libraries.scan on delete cascade,
    path bytea not null,
    reason text not null,
    primary key (scan_id, path)
);
