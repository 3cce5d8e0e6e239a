-- Whence a job came: the request that asked for it, for the log, and what was under way then, for traces (a W3C
-- traceparent). A job that the clock asked for has neither.
alter table jobs.job add column request_id text, add column traceparent text;
