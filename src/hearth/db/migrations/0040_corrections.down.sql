drop table catalog.alias;
drop table catalog.pin;
