alter table jobs.job drop column request_id, drop column traceparent;
