-- A file that an administrator does not want to hear of again, until it is refused for another reason.
alter table libraries.file add column ignored boolean not null default false;

-- What a scan did to which files: the first thousand of each scan, for whoever reads its history.
create table libraries.scan_change (
    scan_id uuid not null references libraries.scan on delete cascade,
    path bytea not null,
    change text not null check (change in ('new', 'changed', 'moved', 'missing')),
    primary key (scan_id, path)
);
