-- The public keys that sign credentials, of all nodes: the hub writes them.
create table signing_keys (
    id blob not null primary key,
    node blob not null,
    public_key blob not null,
    told_at integer not null,
    -- Since when its file has it no more: what it signed counts no longer.
    withdrawn_at integer,
    version integer not null
) strict, without rowid;
