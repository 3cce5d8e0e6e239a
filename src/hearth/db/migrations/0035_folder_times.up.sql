-- When a folder was changed as it was filed: entries come and go with it, so a look at 20,000 folders finds what is new
-- where nothing can be watched. Null where it is not known, or was too fresh to tell two changes apart.
alter table libraries.folder add column mtime_ns bigint;
