-- Entries that came one after the other have one row, from their first number to their last. A run, whose
-- entries this node may not see, is known by its last link.
drop index received_runs;
create index received_runs on received (node, incarnation, seq) where hash is not null;

-- What has its number from elsewhere is of no transaction: nobody looks for it.
drop index journal_tx;
create index journal_tx on journal (tx) where tx >= 0;

-- Room for rows that change again and again, so that they stay on their pages.
alter table tallies set (fillfactor = 60);
alter table term_tallies set (fillfactor = 60);
