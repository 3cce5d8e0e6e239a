drop schema catalog cascade;
drop extension if exists pg_trgm;
