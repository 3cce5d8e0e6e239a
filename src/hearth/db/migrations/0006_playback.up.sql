create schema playback;

-- One play of one item on one device. It ends with the sign-in (or API key) that began it.
-- `cuts` are the times in ms where segments begin, and the end of the last: the playlist, known before a frame is made.
-- `wanted` is the segment a player asked for last; the encoder follows it. `encoder` is the run that holds the session,
-- for as long as `encoder_seen_at` is fresh: one that died loses it within seconds. `asked_at` is when one was enqueued.
create table playback.session (
    id uuid primary key,
    account_id uuid not null references accounts.account on delete cascade,
    auth_session_id uuid references accounts.session on delete cascade,
    api_key_id uuid references accounts.api_key on delete cascade,
    item_id uuid not null references catalog.item on delete cascade,
    version_id uuid not null references catalog.version on delete cascade,
    file_id uuid not null references libraries.file on delete cascade,
    decision jsonb not null,
    encodes boolean not null,
    cuts integer[] not null default '{}',
    duration_ms bigint not null,
    position_ms bigint not null default 0,
    paused boolean not null default false,
    wanted integer not null default 0,
    error text,
    asked_at timestamptz,
    encoder uuid,
    encoder_seen_at timestamptz,
    created_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    ended_at timestamptz,
    check (num_nonnulls(auth_session_id, api_key_id) = 1)
);
create index session_open on playback.session (account_id) where ended_at is null;
create index session_ended on playback.session (ended_at) where ended_at is not null;
create index session_auth on playback.session (auth_session_id);
create index session_key on playback.session (api_key_id) where api_key_id is not null;
create index session_item on playback.session (item_id);
create index session_version on playback.session (version_id);
create index session_file on playback.session (file_id);
