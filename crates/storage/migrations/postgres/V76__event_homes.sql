-- The node that alone issues passes to an event; any node does without it.
alter table events add column home uuid;
