-- Nodes that replicate: what this one is, whom a hub knows, and the codes that enrol edges.

-- One row on a hub and on an edge; none on a node that stands alone.
create table replicates (
    id integer primary key check (id = 1),
    -- hub, edge
    role text not null,
    began_at integer not null,
    -- Of an edge: where its hub is, as what it knows that hub, and how that one knows it.
    url text,
    hub blob,
    hub_name text,
    hub_key blob,
    peer blob,
    -- Minutes between two exchanges; 0 for by hand alone.
    every integer not null,
    -- The number of its last question.
    asked integer not null,
    -- What it may see, in the hub's words, and the sight that the runs here were opened for.
    scope text,
    sight blob,
    -- Up to where sign-ins were taken, as JSON.
    secrets text,
    -- How far the hub was.
    heads blob,
    tried_at integer,
    success_at integer,
    -- Tries since then that came to nothing, and why the last one did.
    failures integer not null,
    error text
) strict;

-- Edges, as their hub knows them.
create table peers (
    id blob primary key,
    -- Whose series it writes.
    node blob not null,
    name text not null,
    public_key blob not null,
    -- Ids of the classes that it may see; null for the whole institution.
    classes text,
    enrolled_at integer not null,
    enrolled_by blob,
    -- The number of its last question: earlier ones are refused.
    asked integer not null,
    seen_at integer,
    success_at integer,
    error text,
    error_at integer,
    -- How many of its entries were refused, since only the hub writes such.
    refused integer not null,
    -- How far it was, and what it says of itself.
    heads blob,
    about text,
    revoked_at integer,
    revoked_by blob,
    version integer not null
) strict;
create index peers_by_time on peers (enrolled_at, id);
create index peers_of_node on peers (node) where revoked_at is null;

-- One-time codes, of which there is the digest alone.
create table peer_codes (
    digest blob primary key,
    name text not null,
    classes text,
    made_by blob,
    expires_at integer not null
) strict;
create index peer_codes_by_end on peer_codes (expires_at);

-- Runs alone, to be opened when an edge may see more.
create index received_runs on received (node, incarnation, seq) where first is not null;
