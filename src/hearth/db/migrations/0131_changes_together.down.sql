alter table libraries.scan_change rename to scan_change_together;
create table libraries.scan_change (
    scan_id uuid not null references libraries.scan on delete cascade,
    path bytea not null,
    change text not null check (change in ('new', 'changed', 'moved', 'missing')),
    primary key (scan_id, path)
);
insert into libraries.scan_change (scan_id, path, change)
select scan_id, path, change from libraries.scan_change_together, unnest(paths) path on conflict do nothing;
drop table libraries.scan_change_together;
