-- Search by words: an index of words, one for what is looked for itself and one for what belongs to something, answers what has them all and takes far fewer entries a row than one of trigrams.
-- Its list of pending entries is kept short, for every search reads it.
create index item_words on catalog.item using gin (to_tsvector('simple'::regconfig, search))
    with (gin_pending_list_limit = 512)
    where available and kind in ('movie', 'series', 'artist', 'album', 'collection', 'playlist');
create index item_part_words on catalog.item using gin (to_tsvector('simple'::regconfig, search))
    with (gin_pending_list_limit = 512) where available and kind in ('season', 'episode', 'track', 'extra');
drop index catalog.item_search;
create index person_words on catalog.person using gin (to_tsvector('simple'::regconfig, name_key));

-- Every word that something is found by, for what is misspelt: some ten thousand of them are looked through in the time
-- that a million titles would take. Two writers may put one word each, which does no harm and spares them waiting for
-- each other; words of what is gone stay, and find nothing.
create table catalog.word (word text not null);
create index word_same on catalog.word (word);
create index word_alike on catalog.word using gin (word gin_trgm_ops);

create function catalog.learn_words(texts text[]) returns void language sql as $$
    insert into catalog.word
    select w from (select distinct w from unnest(texts) t, string_to_table(t, ' ') w) f
    where length(w) between 3 and 40 and not exists (select from catalog.word k where k.word = f.w)
$$;

create function catalog.learn_items() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform catalog.learn_words(array(select search from fresh));
    elsif exists (select from fresh n join gone o on o.id = n.id where o.search <> n.search) then
        perform catalog.learn_words(array(
            select n.search from fresh n join gone o on o.id = n.id where o.search <> n.search));
    end if;
    return null;
end $$;
create trigger item_learnt after insert on catalog.item
    referencing new table as fresh for each statement execute function catalog.learn_items();
create trigger item_relearnt after update on catalog.item
    referencing old table as gone new table as fresh for each statement execute function catalog.learn_items();

create function catalog.learn_people() returns trigger language plpgsql as $$
begin
    perform catalog.learn_words(array(select name_key from fresh));
    return null;
end $$;
create trigger person_learnt after insert on catalog.person
    referencing new table as fresh for each statement execute function catalog.learn_people();

-- Words that begin like one or share enough with it, and those that begin with one of `turned`.
create function catalog.words_like(asked text, turned text[]) returns table (word text) language sql stable
set pg_trgm.word_similarity_threshold = 0.4 as $$
    select distinct f.word from (
        (select w.word from catalog.word w where asked <% w.word
            order by word_similarity(asked, w.word) desc, length(w.word) limit 200)
        union all
        select n.word from unnest(turned) t cross join lateral (
            select w.word from catalog.word w where w.word >= t and w.word < t || U&'\+10FFFF' limit 5) n) f
$$;

-- All of them anew: for what was written past the triggers.
create function catalog.relearn() returns void language sql as $$
    delete from catalog.word;
    insert into catalog.word
    select distinct w from (
        select distinct w from catalog.item, string_to_table(search, ' ') w
        union all select distinct w from catalog.person, string_to_table(name_key, ' ') w) f
    where length(w) between 3 and 40
$$;
select catalog.relearn();
