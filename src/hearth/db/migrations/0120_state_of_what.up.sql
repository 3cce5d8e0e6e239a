-- The kind of thing a state is of, and the series of an episode. What somebody watches next, played last or did not
-- watch yet is asked by kind and by show: without these, all they ever played had to be looked up in the catalogue.
alter table activity.state add column kind text, add column series_id uuid;
update activity.state s set kind = i.kind, series_id = case when i.kind = 'episode' then i.top_id end
    from catalog.item i where i.id = s.item_id;
alter table activity.state alter column kind set not null;
create index state_series on activity.state (user_id, series_id, last_played_at desc nulls last) include (watched)
    where series_id is not null;
create index state_kind on activity.state (user_id, kind, last_played_at, item_id) include (watched, play_count);
drop index activity.state_played;

create function activity.know_item() returns trigger language plpgsql as $$
begin
    select i.kind, case when i.kind = 'episode' then i.top_id end into new.kind, new.series_id
    from catalog.item i where i.id = new.item_id;
    return new;
end $$;
create trigger state_item_known before insert on activity.state
    for each row execute function activity.know_item();

-- Corrections move episodes from one series to another.
create function activity.follow_item() returns trigger language plpgsql as $$
begin
    update activity.state set kind = new.kind, series_id = case when new.kind = 'episode' then new.top_id end
    where item_id = new.id;
    return null;
end $$;
create trigger item_state_moved after update of top_id, kind on catalog.item
    for each row when (old.kind <> new.kind or new.kind = 'episode' and old.top_id is distinct from new.top_id)
    execute function activity.follow_item();
