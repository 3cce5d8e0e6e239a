-- With everything in it: the queue's own tables, types and functions too.
drop schema jobs cascade;
