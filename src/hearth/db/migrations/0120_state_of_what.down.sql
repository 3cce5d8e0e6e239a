drop trigger item_state_moved on catalog.item;
drop function activity.follow_item();
drop trigger state_item_known on activity.state;
drop function activity.know_item();
create index state_played on activity.state (user_id, last_played_at, item_id) where last_played_at is not null;
drop index activity.state_kind, activity.state_series;
alter table activity.state drop column series_id, drop column kind;
