-- One authenticator app an account. The secret is encrypted with a key that lies outside the database; `last_step` is
-- the time step used last, so that no code is good twice. Not confirmed: being enrolled, worth nothing yet.
create table accounts.totp (
    account_id uuid primary key references accounts.account on delete cascade,
    secret bytea not null,
    confirmed_at timestamptz,
    last_step bigint not null default 0,
    created_at timestamptz not null default now()
);

-- Used once each; a keyed hash, because fifty bits alone can be tried out by who has a copy of the table.
create table accounts.recovery_code (
    account_id uuid not null references accounts.account on delete cascade,
    hash bytea not null check (octet_length(hash) = 32),
    used_at timestamptz,
    primary key (account_id, hash)
);

create table accounts.passkey (
    id uuid primary key,
    account_id uuid not null references accounts.account on delete cascade,
    credential_id bytea not null unique,
    public_key bytea not null,
    sign_count bigint not null,
    rp_id text not null,
    name text not null,
    transports text[] not null default '{}',
    created_at timestamptz not null default now(),
    used_at timestamptz
);
create index passkey_account on accounts.passkey (account_id, created_at);

-- Something begun that must be finished within minutes, once: a passkey's challenge, a redirect to a provider.
create table accounts.ceremony (
    hash bytea primary key check (octet_length(hash) = 32),
    kind text not null,
    account_id uuid references accounts.account on delete cascade,
    data jsonb not null,
    expires_at timestamptz not null
);
create index ceremony_expires on accounts.ceremony (expires_at);

create table accounts.quick_connect (
    id uuid primary key,
    code text not null unique,
    secret_hash bytea not null unique check (octet_length(secret_hash) = 32),
    device text,
    client text,
    address text,
    account_id uuid references accounts.account on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index quick_connect_expires on accounts.quick_connect (expires_at);

create table accounts.oidc_provider (
    name text primary key,
    title text not null,
    issuer text not null,
    client_id text not null,
    client_secret bytea,
    scopes text[] not null,
    enabled boolean not null default true,
    allow_private boolean not null default false,
    create_accounts boolean not null default false,
    require_claim text,
    require_values text[] not null default '{}',
    username_claim text not null default 'preferred_username',
    role_claim text,
    roles jsonb not null default '{}',
    default_role text not null default 'user',
    updated_at timestamptz not null default now()
);
create table accounts.oidc_link (
    id uuid primary key,
    account_id uuid not null references accounts.account on delete cascade,
    provider text not null references accounts.oidc_provider on delete cascade,
    subject text not null,
    name text,
    created_at timestamptz not null default now(),
    used_at timestamptz,
    unique (provider, subject)
);
create index oidc_link_account on accounts.oidc_link (account_id);
