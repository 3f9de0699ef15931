-- Entries that came one after the other have one row, from their first number to their last. A run, whose
-- entries this node may not see, is known by its last link.
drop index received_runs;
create index received_runs on received (node, incarnation, seq) where hash is not null;
