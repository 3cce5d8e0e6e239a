create or replace function catalog.hear_parts() returns trigger language plpgsql as $$
begin
    update catalog.item i set audio_languages = h.languages from (
        select v.item_id, array_agg(distinct l order by l) as languages
        from fresh p join catalog.version v on v.id = p.version_id join libraries.file f on f.id = p.file_id
            cross join lateral unnest(catalog.sound_of(f.media)) l
        where f.kind = 'video' group by v.item_id) h
    where i.id = h.item_id and i.audio_languages <> h.languages;
    return null;
end $$;
alter function catalog.rating_age(text) called on null input;
