-- A node that was restored or copied goes on in another series of its own.

-- An entry that was issued again has a number in the series of each who did.
drop index journal_order_entry;
create index journal_order_entry on journal_order (entry);

-- How many places the entries of the node's earlier lives took: an entry of its own stands at this
-- and its number, so that places go on growing.
alter table node add column base bigint not null default 0;
-- The same of a series that was an earlier life of this node; null if it is another's.
alter table series add column base bigint;

-- Whether a run was told by an edge that may not see what stands there and did not write it: 1, or
-- null. Whoever sees more opens it.
alter table received add column hearsay bigint;
create index received_hearsay on received (node, incarnation, seq) where hearsay is not null;
