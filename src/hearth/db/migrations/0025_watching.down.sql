drop index libraries.file_missing;
alter table libraries.scan drop column again_folders, drop column of_folders;
alter table libraries.root drop column marked, drop column watcher_until, drop column watcher, drop column watch;
