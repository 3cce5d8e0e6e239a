drop index catalog.item_studios;
drop table activity.watch_later;
drop table activity.entry;
drop table activity.list;
