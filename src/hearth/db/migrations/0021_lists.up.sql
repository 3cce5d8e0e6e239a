-- Lists by hand. A playlist is its owner's, and everybody's to see when shared; a collection is the house's. Entries lie
-- in the order of `rank`, a fraction written as text: moving one writes one row, whatever the length of the list.
create table activity.list (
    id uuid primary key,
    kind text not null check (kind in ('playlist', 'collection')),
    owner_id uuid references accounts.account on delete cascade,
    name text not null,
    overview text,
    shared boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check ((kind = 'playlist') = (owner_id is not null))
);
create index list_owner on activity.list (owner_id) where owner_id is not null;

create table activity.entry (
    id uuid primary key,
    list_id uuid not null references activity.list on delete cascade,
    item_id uuid not null references catalog.item on delete cascade,
    rank text not null collate "C",
    added_at timestamptz not null default now(),
    unique (list_id, rank)
);
create index entry_item on activity.entry (item_id);

create table activity.watch_later (
    user_id uuid not null references accounts.account on delete cascade,
    item_id uuid not null references catalog.item on delete cascade,
    added_at timestamptz not null default now(),
    primary key (user_id, item_id)
);
create index watch_later_item on activity.watch_later (item_id);

create index item_studios on catalog.item using gin (studios);
