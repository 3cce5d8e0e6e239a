drop table libraries.scan_change;
alter table libraries.file drop column ignored;
