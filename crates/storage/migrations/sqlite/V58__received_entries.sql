-- Entries of other nodes: how far each series is here, and in which order they came.

create table series (
    node blob not null,
    incarnation integer not null,
    seq integer not null,
    hash blob not null,
    primary key (node, incarnation)
) strict, without rowid;

create table received (
    position integer primary key,
    -- After how many of the node's own entries: what it sends on keeps this order.
    after integer not null,
    node blob not null,
    incarnation integer not null,
    -- The number of an entry, or of the last one of a run.
    seq integer not null,
    -- Of a run, whose entries this node may not see: its first number and its last link.
    first integer,
    hash blob
) strict;
create unique index received_by_number on received (node, incarnation, seq);
