-- How many records were looked at since this node replicates, to be told as they stood before.
alter table node add column restated integer not null default 0;
