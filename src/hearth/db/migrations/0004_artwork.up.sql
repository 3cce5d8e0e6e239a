create schema artwork;

-- The chosen picture of each type; the picture itself lies in the data folder under the hash of its bytes.
create table artwork.image (
    item_id uuid not null references catalog.item on delete cascade,
    type text not null check (type in ('poster', 'backdrop', 'thumb', 'logo', 'banner')),
    source text not null check (source in ('local', 'embedded', 'frame', 'uploaded', 'provider')),
    source_key text not null,
    hash bytea not null,
    width integer not null,
    height integer not null,
    thumbhash bytea,
    color text,
    created_at timestamptz not null default now(),
    primary key (item_id, type)
);
create index image_hash on artwork.image (hash);
