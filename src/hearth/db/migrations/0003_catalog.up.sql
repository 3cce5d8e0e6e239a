create extension if not exists pg_trgm;
create schema catalog;

-- One row for each thing that can be shown. `identity` is what makes two findings the same thing within a library and
-- kind; `top_id` is the series of a season or episode and the artist of an album or track; `group_number` is an
-- episode's season and a track's disc. Position columns live here, not in a table per kind: every list sorts by them.
create table catalog.item (
    id uuid primary key,
    library_id uuid not null references libraries.library on delete cascade,
    kind text not null check (kind in
        ('movie', 'series', 'season', 'episode', 'artist', 'album', 'track', 'extra', 'collection', 'playlist')),
    parent_id uuid references catalog.item on delete cascade,
    top_id uuid references catalog.item on delete cascade,
    identity text not null,
    title text not null,
    sort_title text not null,
    original_title text,
    search text not null,
    year smallint,
    released date,
    overview text,
    tagline text,
    content_rating text,
    rating real,
    duration_ms bigint,
    group_number integer,
    number integer,
    last_number integer,
    quality text,
    genres text[] not null default '{}',
    studios text[] not null default '{}',
    provider_ids jsonb not null default '{}',
    locked text[] not null default '{}',
    available boolean not null default true,
    added_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (library_id, kind, identity)
);
create index item_title on catalog.item (kind, sort_title, id) where available;
create index item_library_title on catalog.item (library_id, kind, sort_title, id) where available;
create index item_added on catalog.item (kind, added_at desc, id desc) where available;
create index item_library_added on catalog.item (library_id, kind, added_at desc, id desc) where available;
create index item_children on catalog.item (parent_id, group_number, number, sort_title, id);
create index item_top on catalog.item (top_id, group_number, number) where top_id is not null;
create index item_genres on catalog.item using gin (genres);
create index item_search on catalog.item using gin (search gin_trgm_ops) where available;

-- One edition or quality of an item, made of one file or of several stacked parts.
create table catalog.version (
    id uuid primary key,
    item_id uuid not null references catalog.item on delete cascade,
    label text not null,
    edition text,
    rank integer not null default 0,
    created_at timestamptz not null default now()
);
create index version_item on catalog.version (item_id);

create table catalog.part (
    version_id uuid not null references catalog.version on delete cascade,
    position integer not null,
    file_id uuid not null references libraries.file on delete cascade,
    primary key (version_id, position)
);
create index part_file on catalog.part (file_id);

-- Subtitles, audio and lyrics that lie beside a film, episode or track.
create table catalog.sidecar (
    item_id uuid not null references catalog.item on delete cascade,
    file_id uuid not null references libraries.file on delete cascade,
    kind text not null check (kind in ('subtitle', 'audio', 'lyrics')),
    language text,
    title text,
    is_forced boolean not null default false,
    is_default boolean not null default false,
    hearing_impaired boolean not null default false,
    primary key (item_id, file_id)
);
create index sidecar_file on catalog.sidecar (file_id);

-- Who performs an album or track; artists are items of the same library.
create table catalog.artist_credit (
    item_id uuid not null references catalog.item on delete cascade,
    position integer not null,
    artist_id uuid not null references catalog.item on delete cascade,
    primary key (item_id, position)
);
create index artist_credit_artist on catalog.artist_credit (artist_id, item_id);

create table catalog.person (
    id uuid primary key,
    name text not null,
    name_key text not null unique
);

create table catalog.credit (
    item_id uuid not null references catalog.item on delete cascade,
    position integer not null,
    person_id uuid not null references catalog.person on delete cascade,
    role text not null,
    character text,
    primary key (item_id, position)
);
create index credit_person on catalog.credit (person_id, item_id);
