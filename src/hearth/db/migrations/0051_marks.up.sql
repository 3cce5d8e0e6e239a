-- The set of films that one belongs to, by its name: as told by whoever wrote the facts down.
alter table catalog.item add column film_series text;

-- What lists are narrowed by, each with the kind before it, so that the planner knows how many films are dramas and not
-- only how many things are. One index of them answers every combination.
create function catalog.marks_of(
    kind text, year smallint, genres text[], studios text[], quality text, audio_languages text[], film_series text
) returns text[] language plpgsql immutable parallel safe as $$
declare
    found text[] := '{}';
    one text;
begin
    foreach one in array genres loop found := found || (kind || ' genre ' || one); end loop;
    foreach one in array studios loop found := found || (kind || ' studio ' || one); end loop;
    foreach one in array audio_languages loop found := found || (kind || ' audio ' || one); end loop;
    if year is not null then found := found || (kind || ' year ' || year); end if;
    if quality ~ '^([0-9]+p|[48]K|SD)( |$)' then
        found := found || (kind || ' resolution ' || split_part(quality, ' ', 1));
        if quality like '% %' then found := found || (kind || ' hdr ' || substring(quality from ' (.+)$')); end if;
    end if;
    if film_series is not null then found := found || (kind || ' film_series ' || film_series); end if;
    return found;
end $$;
create index item_marks on catalog.item using gin
    (catalog.marks_of(kind, year, genres, studios, quality, audio_languages, film_series))
    with (gin_pending_list_limit = 512) where available;
alter index catalog.item_marks alter column 1 set statistics 1000;
drop index catalog.item_genres, catalog.item_studios;
create index item_film_series on catalog.item (film_series) where film_series is not null and available;

-- A random order that an index has: pages of it are read from it a part at a time and shuffled by the seed.
create index item_library_random on catalog.item (library_id, kind, uuid_hash(id), id) where available;

create index state_played on activity.state (user_id, last_played_at, item_id) where last_played_at is not null;
