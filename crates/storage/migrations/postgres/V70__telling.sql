-- A node that replicates tells in its entries all that its tables hold. One that stands alone does
-- not: then this is empty; else it is the clock's reading when the node began.
alter table node add column replicates bigint;
-- While what was there before is told: where that has come.
alter table node add column restating text;
