alter table libraries.folder drop column mtime_ns;
