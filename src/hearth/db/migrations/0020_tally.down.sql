drop index catalog.item_library_year, catalog.item_library_released, catalog.item_library_rating,
    catalog.item_library_runtime;
drop trigger part_heard on catalog.part;
drop trigger item_counted on catalog.item;
drop trigger item_recounted on catalog.item;
drop trigger item_discounted on catalog.item;
drop function catalog.hear_parts(), catalog.sound_of(jsonb), catalog.recount(), catalog.count_items(),
    catalog.put_tally(uuid[], text[], text[], text[], bigint[]),
    catalog.facets_of(text, smallint, text[], text[], text, text[]);
drop table catalog.tally;
alter table catalog.item drop column audio_languages;
