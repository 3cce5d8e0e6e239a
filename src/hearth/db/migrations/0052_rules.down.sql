alter table activity.list drop column editable, drop column rule;
