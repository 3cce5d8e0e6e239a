drop schema libraries cascade;
