-- Nodes that replicate: what this one is, whom a hub knows, and the codes that enrol edges.

-- One row on a hub and on an edge; none on a node that stands alone.
create table replicates (
    id bigint primary key check (id = 1),
    -- hub, edge
    role text not null,
    began_at bigint not null,
    -- Of an edge: where its hub is, as what it knows that hub, and how that one knows it.
    url text,
    hub uuid,
    hub_name text,
    hub_key bytea,
    peer uuid,
    -- Minutes between two exchanges; 0 for by hand alone.
    every bigint not null,
    -- The number of its last question.
    asked bigint not null,
    -- What it may see, in the hub's words, and the sight that the runs here were opened for.
    scope text,
    sight bytea,
    -- Up to where sign-ins were taken, as JSON.
    secrets text,
    -- How far the hub was.
    heads bytea,
    tried_at bigint,
    success_at bigint,
    -- Tries since then that came to nothing, and why the last one did.
    failures bigint not null,
    error text
);

-- Edges, as their hub knows them.
create table peers (
    id uuid primary key,
    -- Whose series it writes.
    node uuid not null,
    name text not null,
    public_key bytea not null,
    -- Ids of the classes that it may see; null for the whole institution.
    classes text,
    enrolled_at bigint not null,
    enrolled_by uuid,
    -- The number of its last question: earlier ones are refused.
    asked bigint not null,
    seen_at bigint,
    success_at bigint,
    error text,
    error_at bigint,
    -- How many of its entries were refused, since only the hub writes such.
    refused bigint not null,
    -- How far it was, and what it says of itself.
    heads bytea,
    about text,
    revoked_at bigint,
    revoked_by uuid,
    version bigint not null
);
create index peers_by_time on peers (enrolled_at, id);
create index peers_of_node on peers (node) where revoked_at is null;

-- One-time codes, of which there is the digest alone.
create table peer_codes (
    digest bytea primary key,
    name text not null,
    classes text,
    made_by uuid,
    expires_at bigint not null
);
create index peer_codes_by_end on peer_codes (expires_at);

-- Runs alone, to be opened when an edge may see more.
create index received_runs on received (node, incarnation, seq) where first is not null;
