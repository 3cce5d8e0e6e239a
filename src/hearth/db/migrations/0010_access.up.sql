-- Roles of one's own; the built-in ones are data of the program. Rules hold for both.
create table accounts.role (
    name text primary key,
    permissions text[] not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create table accounts.role_rule (
    role text primary key,
    second_factor boolean not null default false
);

-- `max_age` is a limit for children; `unrated` lets films and shows through whose rating is not known. An account that
-- signs in by another provider alone has no password.
alter table accounts.account
    alter column password_hash drop not null,
    add column max_age smallint check (max_age between 0 and 21),
    add column unrated boolean not null default false,
    add column second_factor_required boolean not null default false;

-- How a session began: password, passkey, oidc, quick_connect, setup.
alter table accounts.session add column method text not null default 'password';

-- A library without a rule is everybody's. `hidden`: nobody sees what is in it but the users named, administrators too.
create table accounts.library_rule (
    library_id uuid primary key references libraries.library on delete cascade,
    everyone boolean not null default true,
    hidden boolean not null default false
);
create table accounts.library_grant (
    library_id uuid not null references accounts.library_rule on delete cascade,
    account_id uuid references accounts.account on delete cascade,
    role text,
    check (num_nonnulls(account_id, role) = 1),
    unique nulls not distinct (library_id, account_id, role)
);
create index library_grant_account on accounts.library_grant (account_id) where account_id is not null;

-- From what age on a content rating is meant; null when it says nothing that we know. Boards write them in many ways:
-- "PG-13", "TV-14", "FSK 12", "DE:16", "12A", "MA 15+", "Rated R for violence".
create function catalog.rating_age(rating text) returns smallint language sql immutable parallel safe
return case when rating is null then null else (
    select case
        when word ~ '^(FSK|USK|PG|TV|TV-Y|NC|MA|TV-MA|R|K|T|M|AB|AGE)?[ -]?[0-9]{1,2}(-FV| ?\+|[A-Z]| ?(JAHRE|ANS))?$'
            then least(substring(word from '[0-9]{1,2}')::smallint, 21::smallint)
        when word in ('G', 'U', 'TV-G', 'TV-Y', 'ALL', 'AL', 'A', 'L', 'TP', 'TOUS PUBLICS', 'GENERAL', 'UC',
            'APPROVED', 'PASSED') then 0
        when word in ('PG', 'TV-PG', 'GP') then 10
        when word in ('M', 'MA', 'TV-MA', 'R') then 17
        when word in ('X', 'XXX', 'AO', 'TV-X') then 18
    end
    from (select regexp_replace(regexp_replace(regexp_replace(
        upper(btrim(left(rating, 200))), '^[A-Z]{2}[:/] ?', ''), '^RATED ', ''), ' FOR .*$', '') as word) w
)::smallint end;
alter table catalog.item add column age smallint generated always as (catalog.rating_age(content_rating)) stored;

-- What an account may see, as it is handed to the statements of `browse`: libraries null are all of them.
create type accounts.sight as (libraries uuid[], max_age smallint, unrated boolean);

create function accounts.libraries_of(who uuid) returns uuid[] language sql stable as $$
    with closed as (
        select r.library_id from accounts.library_rule r join accounts.account a on a.id = who
        where not exists (
            select from accounts.library_grant g where g.library_id = r.library_id and g.account_id = who)
        and (r.hidden or not (r.everyone or a.role = 'admin' or exists (
            select from accounts.library_grant g where g.library_id = r.library_id and g.role = a.role))))
    select case when exists (select from closed) then coalesce(
        (select array_agg(l.id order by l.id) from libraries.library l
         where l.id not in (select library_id from closed)), '{}') end
$$;

-- For who holds an item and an account and must know whether they still go together; lists have it in their statements.
create function accounts.sees(who uuid, item uuid) returns boolean language sql stable as $$
    select exists (
        select from catalog.item i join accounts.account a on a.id = who
            cross join lateral (select accounts.libraries_of(who) as libraries) l
        where i.id = item and i.available and (l.libraries is null or i.library_id = any(l.libraries))
        and (a.max_age is null or (
            coalesce(i.age, 0) <= a.max_age
            and not exists (select from catalog.item r where r.id in (i.parent_id, i.top_id) and r.age > a.max_age)
            and (i.kind not in ('movie', 'series', 'season', 'episode', 'extra') or a.unrated or exists (
                select from catalog.item r
                where r.id = coalesce(i.top_id, i.parent_id, i.id) and r.age is not null)))))
$$;

-- Who did what to whom, when and from where. Names are kept as they were: the row outlives what it tells of.
create table accounts.audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    actor_id uuid,
    actor text not null,
    action text not null,
    target_kind text,
    target_id text,
    target text,
    address text,
    client text,
    detail jsonb not null default '{}'
);
create index audit_at on accounts.audit (at);
create index audit_actor on accounts.audit (actor_id, id desc);
create index audit_action on accounts.audit (action, id desc);
create index audit_target on accounts.audit (target_id, id desc);
