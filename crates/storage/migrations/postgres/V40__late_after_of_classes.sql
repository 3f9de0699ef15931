-- After how many minutes a mark counts as late in a class; as the settings say where it is null.
alter table classes add column late_after_minutes bigint;
