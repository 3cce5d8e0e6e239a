drop schema artwork cascade;
