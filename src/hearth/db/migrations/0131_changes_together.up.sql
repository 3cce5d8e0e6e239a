-- What a scan did to files is written by the batch and read by the scan: a row for each way in which a batch changed
-- files. A row, an index entry and a look at the scan for each file took 35 us.
alter table libraries.scan_change rename to scan_change_by_file;
create table libraries.scan_change (
    scan_id uuid not null references libraries.scan on delete cascade,
    change text not null check (change in ('new', 'changed', 'moved', 'missing')),
    paths bytea[] not null
);
create index scan_change_scan on libraries.scan_change (scan_id);
insert into libraries.scan_change (scan_id, change, paths)
select scan_id, change, array_agg(path order by path) from libraries.scan_change_by_file group by scan_id, change;
drop table libraries.scan_change_by_file;
