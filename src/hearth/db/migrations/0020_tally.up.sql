-- Languages of the sound of an item's best files (ISO 639-2, as the files say); kept by the trigger below.
alter table catalog.item add column audio_languages text[] not null default '{}';

-- How many items of a library and kind can be seen, in all (facet '') and by what they have. Totals of lists, letters
-- and facets are read here: counting a million rows takes a hundred times what a page takes. A change appends rows and
-- folds those that nobody else is changing into them, so writers never wait for each other and readers add up a few
-- rows that are exact for their snapshot.
create table catalog.tally (
    library_id uuid not null,
    kind text not null,
    facet text not null,
    value text not null,
    n bigint not null
) with (fillfactor = 70);
create index tally_place on catalog.tally (library_id, kind, facet, value);

-- What an item is counted under. Letters are first characters of sort titles, all before "a" together.
create function catalog.facets_of(
    sort_title text, year smallint, genres text[], studios text[], quality text, audio_languages text[]
) returns table (facet text, value text) language sql immutable parallel safe as $$
    select '', ''
    union all select 'letter', case when left(sort_title, 1) < 'a' then '#' else left(sort_title, 1) end
    union all select 'year', year::text where year is not null
    union all select distinct 'genre', g from unnest(genres) g
    union all select distinct 'studio', s from unnest(studios) s
    union all select 'resolution', split_part(quality, ' ', 1) where split_part(quality, ' ', 1) ~ '^([0-9]+p|[48]K|SD)$'
    union all select 'hdr', substring(quality from ' (.+)$') where quality ~ '^([0-9]+p|[48]K|SD) '
    union all select distinct 'audio', l from unnest(audio_languages) l
$$;

create function catalog.put_tally(library_ids uuid[], kinds text[], facets text[], vals text[], ns bigint[])
returns void language sql as $$
    with delta as (
        select * from unnest(library_ids, kinds, facets, vals, ns) d (library_id, kind, facet, value, n)),
    free as (
        select t.ctid as place from catalog.tally t join delta d using (library_id, kind, facet, value)
        for update of t skip locked),
    folded as (
        delete from catalog.tally t using free where t.ctid = free.place
        returning t.library_id, t.kind, t.facet, t.value, t.n)
    insert into catalog.tally
    select library_id, kind, facet, value, sum(n) from (select * from folded union all select * from delta) a
    group by library_id, kind, facet, value having sum(n) <> 0
$$;

create function catalog.count_items() returns trigger language plpgsql as $$
declare
    library_ids uuid[]; kinds text[]; facets text[]; vals text[]; ns bigint[];
begin
    if tg_op = 'INSERT' then
        select array_agg(a.library_id), array_agg(a.kind), array_agg(a.facet), array_agg(a.value), array_agg(a.n)
        into library_ids, kinds, facets, vals, ns from (
            select i.library_id, i.kind, f.facet, f.value, count(*) as n from fresh i cross join lateral
                catalog.facets_of(i.sort_title, i.year, i.genres, i.studios, i.quality, i.audio_languages) f
            where i.available group by 1, 2, 3, 4) a;
    elsif tg_op = 'DELETE' then
        select array_agg(a.library_id), array_agg(a.kind), array_agg(a.facet), array_agg(a.value), array_agg(a.n)
        into library_ids, kinds, facets, vals, ns from (
            select i.library_id, i.kind, f.facet, f.value, -count(*) as n from gone i cross join lateral
                catalog.facets_of(i.sort_title, i.year, i.genres, i.studios, i.quality, i.audio_languages) f
            where i.available group by 1, 2, 3, 4) a;
    else
        select array_agg(a.library_id), array_agg(a.kind), array_agg(a.facet), array_agg(a.value), array_agg(a.n)
        into library_ids, kinds, facets, vals, ns from (
            select c.library_id, c.kind, f.facet, f.value, sum(c.sign) as n
            from fresh n join gone o on o.id = n.id
                and (o.library_id, o.kind, o.available, o.sort_title, o.year, o.genres, o.studios, o.quality,
                     o.audio_languages)
                is distinct from (n.library_id, n.kind, n.available, n.sort_title, n.year, n.genres, n.studios,
                     n.quality, n.audio_languages)
            cross join lateral (values
                (1, n.library_id, n.kind, n.available, n.sort_title, n.year, n.genres, n.studios, n.quality,
                    n.audio_languages),
                (-1, o.library_id, o.kind, o.available, o.sort_title, o.year, o.genres, o.studios, o.quality,
                    o.audio_languages)
            ) c (sign, library_id, kind, available, sort_title, year, genres, studios, quality, audio_languages)
            cross join lateral
                catalog.facets_of(c.sort_title, c.year, c.genres, c.studios, c.quality, c.audio_languages) f
            where c.available group by 1, 2, 3, 4 having sum(c.sign) <> 0) a;
    end if;
    if library_ids is not null then
        perform catalog.put_tally(library_ids, kinds, facets, vals, ns);
    end if;
    return null;
end $$;
create trigger item_counted after insert on catalog.item
    referencing new table as fresh for each statement execute function catalog.count_items();
create trigger item_recounted after update on catalog.item
    referencing old table as gone new table as fresh for each statement execute function catalog.count_items();
create trigger item_discounted after delete on catalog.item
    referencing old table as gone for each statement execute function catalog.count_items();

-- All of it anew: for what was written past the triggers.
create function catalog.recount() returns void language sql as $$
    delete from catalog.tally;
    insert into catalog.tally
    select i.library_id, i.kind, f.facet, f.value, count(*) from catalog.item i cross join lateral
        catalog.facets_of(i.sort_title, i.year, i.genres, i.studios, i.quality, i.audio_languages) f
    where i.available group by 1, 2, 3, 4
$$;

create function catalog.sound_of(media jsonb) returns text[] language sql immutable parallel safe
return coalesce((select array_agg(distinct a ->> 'language' order by a ->> 'language')
    from jsonb_array_elements(case jsonb_typeof(media -> 'audio') when 'array' then media -> 'audio' else '[]' end) a
    where a ->> 'language' is not null), '{}');

create function catalog.hear_parts() returns trigger language plpgsql as $$
begin
    update catalog.item i set audio_languages = h.languages from (
        select v.item_id, array_agg(distinct l order by l) as languages
        from fresh p join catalog.version v on v.id = p.version_id join libraries.file f on f.id = p.file_id
            cross join lateral unnest(catalog.sound_of(f.media)) l
        where f.kind = 'video' group by v.item_id) h
    where i.id = h.item_id and i.audio_languages <> h.languages;
    return null;
end $$;
create trigger part_heard after insert on catalog.part
    referencing new table as fresh for each statement execute function catalog.hear_parts();

update catalog.item i set audio_languages = h.languages from (
    select v.item_id, array_agg(distinct l order by l) as languages
    from catalog.part p join catalog.version v on v.id = p.version_id join libraries.file f on f.id = p.file_id
        cross join lateral unnest(catalog.sound_of(f.media)) l
    where f.kind = 'video' group by v.item_id) h
where i.id = h.item_id;
select catalog.recount();

-- The other orders of lists. Rows without the key are a part of their own, so one index serves both directions.
create index item_library_year on catalog.item (library_id, kind, year, id) where available;
create index item_library_released on catalog.item (library_id, kind, released, id) where available;
create index item_library_rating on catalog.item (library_id, kind, rating, id) where available;
create index item_library_runtime on catalog.item (library_id, kind, duration_ms, id) where available;
