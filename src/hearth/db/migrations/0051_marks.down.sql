drop index activity.state_played;
drop index catalog.item_library_random;
drop index catalog.item_film_series;
create index item_genres on catalog.item using gin (genres);
create index item_studios on catalog.item using gin (studios);
drop index catalog.item_marks;
drop function catalog.marks_of(text, smallint, text[], text[], text, text[], text);
alter table catalog.item drop column film_series;
