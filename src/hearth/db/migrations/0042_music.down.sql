alter table activity.list drop column source;
delete from catalog.version v using catalog.part p where p.version_id = v.id and p.start_ms is not null;
alter table catalog.part drop column end_ms, drop column start_ms;
