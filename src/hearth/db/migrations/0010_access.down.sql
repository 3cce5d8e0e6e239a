drop table accounts.audit;
drop function accounts.sees(uuid, uuid);
drop function accounts.libraries_of(uuid);
drop type accounts.sight;
alter table catalog.item drop column age;
drop function catalog.rating_age(text);
drop table accounts.library_grant;
drop table accounts.library_rule;
alter table accounts.session drop column method;
delete from accounts.account where password_hash is null;
alter table accounts.account
    drop column max_age, drop column unrated, drop column second_factor_required,
    alter column password_hash set not null;
drop table accounts.role_rule;
drop table accounts.role;
