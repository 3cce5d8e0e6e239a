drop table jobs.setting;
