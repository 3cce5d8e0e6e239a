-- What administrators changed while the server ran, above the defaults and below what the machine's owner fixed in
-- hearth.toml, the environment or on the command line. Only keys of config.CHANGEABLE come here.
create table jobs.setting (
    key text primary key,
    value jsonb not null,
    changed_at timestamptz not null default now()
);
