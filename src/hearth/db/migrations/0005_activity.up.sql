create schema activity;

-- What a person did with an item. A row stays when the item hides; it goes with the item or the account.
create table activity.state (
    user_id uuid not null references accounts.account on delete cascade,
    item_id uuid not null references catalog.item on delete cascade,
    position_ms bigint not null default 0,
    watched boolean not null default false,
    play_count integer not null default 0,
    favorite boolean not null default false,
    rating smallint check (rating between 1 and 10),
    last_played_at timestamptz,
    updated_at timestamptz not null default now(),
    primary key (user_id, item_id)
);
create index state_resume on activity.state (user_id, last_played_at desc) where position_ms > 0;
create index state_watched on activity.state (user_id, last_played_at desc) where watched;
create index state_favorite on activity.state (user_id, item_id) where favorite;
create index state_item on activity.state (item_id);

create table activity.play (
    id uuid primary key,
    user_id uuid not null references accounts.account on delete cascade,
    item_id uuid not null references catalog.item on delete cascade,
    method text not null,
    started_at timestamptz not null default now(),
    stopped_at timestamptz,
    position_ms bigint not null default 0
);
create index play_user on activity.play (user_id, started_at desc);
create index play_item on activity.play (item_id);
