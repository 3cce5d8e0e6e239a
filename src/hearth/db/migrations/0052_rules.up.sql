-- A list by rule holds no entries: a saved filter says what is in it. `editable` lets those put entries in who may see it.
alter table activity.list add column rule jsonb, add column editable boolean not null default false;
