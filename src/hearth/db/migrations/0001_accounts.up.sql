create schema accounts;

-- A person who may sign in. `username_key` is the name as it is compared (NFKC, case folded); see accounts/names.py.
create table accounts.account (
    id uuid primary key,
    username text not null,
    username_key text not null unique,
    password_hash text not null,
    role text not null,
    disabled boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index account_role on accounts.account (role) where not disabled;

-- A signed-in device, and the family of its refresh tokens. `cookie_hash` is the SHA-256 of the browser cookie's secret.
-- Rows of sessions that ended stay for a while, so that a stolen token presented late is still recognised.
create table accounts.session (
    id uuid primary key,
    account_id uuid not null references accounts.account on delete cascade,
    device text,
    client text,
    address text,
    cookie_hash bytea check (octet_length(cookie_hash) = 32),
    created_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at timestamptz
);
create index session_account on accounts.session (account_id, seen_at desc) where ended_at is null;
create index session_known_address on accounts.session (account_id, address);
create index session_over on accounts.session (least(ended_at, expires_at));

-- Single use: `used_at` says when a token was turned into the next one, `nonce` makes that same next one again for a
-- client that lost the answer. Only SHA-256 hashes lie here.
create table accounts.refresh_token (
    hash bytea primary key check (octet_length(hash) = 32),
    session_id uuid not null references accounts.session on delete cascade,
    issued_at timestamptz not null default now(),
    used_at timestamptz,
    nonce bytea
);
create index refresh_token_session on accounts.refresh_token (session_id, used_at);

-- `permissions` null means all that the owner's role may do (credentials of the account itself excepted).
create table accounts.api_key (
    id uuid primary key,
    account_id uuid not null references accounts.account on delete cascade,
    hash bytea not null unique check (octet_length(hash) = 32),
    prefix text not null,
    name text not null,
    permissions text[],
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    used_at timestamptz
);
create index api_key_account on accounts.api_key (account_id, created_at);
