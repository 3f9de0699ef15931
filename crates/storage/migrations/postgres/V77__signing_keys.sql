-- The public keys that sign credentials, of all nodes: the hub writes them.
create table signing_keys (
    id uuid not null primary key,
    node uuid not null,
    public_key bytea not null,
    told_at bigint not null,
    -- Since when its file has it no more: what it signed counts no longer.
    withdrawn_at bigint,
    version bigint not null
);
