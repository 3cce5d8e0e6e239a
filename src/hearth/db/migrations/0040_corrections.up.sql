-- What a person decided about matches. A pinned file belongs to its item, whatever its name says; what a scan finds
-- under an alias belongs to the item that it names, and what would hang on it hangs there.
create table catalog.pin (
    file_id uuid primary key references libraries.file on delete cascade,
    item_id uuid not null references catalog.item on delete cascade
);
create index pin_item on catalog.pin (item_id);

create table catalog.alias (
    library_id uuid not null references libraries.library on delete cascade,
    kind text not null,
    identity text not null,
    item_id uuid not null references catalog.item on delete cascade,
    primary key (library_id, kind, identity)
);
create index alias_item on catalog.alias (item_id);
