-- What this node's hub signed of what it told: by it the node proves that to a hub that lost it.
create table seals (
    node blob not null,
    incarnation integer not null,
    -- How far was told; `numbers`, as JSON, is all that the hub signed, the last of which this is.
    seq integer not null,
    numbers text not null,
    signature blob not null,
    primary key (node, incarnation, seq, signature)
) strict, without rowid;
