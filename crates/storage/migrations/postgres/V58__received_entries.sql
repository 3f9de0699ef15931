-- Entries of other nodes: how far each series is here, and in which order they came.

create table series (
    node uuid not null,
    incarnation bigint not null,
    seq bigint not null,
    hash bytea not null,
    primary key (node, incarnation)
);

create table received (
    position bigint generated always as identity primary key,
    -- After how many of the node's own entries: what it sends on keeps this order.
    after bigint not null,
    node uuid not null,
    incarnation bigint not null,
    -- The number of an entry, or of the last one of a run.
    seq bigint not null,
    -- Of a run, whose entries this node may not see: its first number and its last link.
    first bigint,
    hash bytea
);
create unique index received_by_number on received (node, incarnation, seq);
