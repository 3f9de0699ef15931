-- Events, the kinds of passes to them, the passes with their holders, and the credentials that
-- were issued for these. Of a credential there is only what finds it: nobody who reads this can
-- make or show one.

create table events (
    id uuid primary key,
    name text not null,
    venue text not null,
    doors_at bigint not null,
    starts_at bigint not null,
    ends_at bigint not null,
    capacity bigint,
    currency text not null,
    rule text not null,
    -- People on valid passes: a sale adds to it only while there is room.
    taken bigint not null default 0,
    created_at bigint not null,
    archived_at bigint,
    version bigint not null
);
create index events_by_start on events (starts_at, id);

create table pass_types (
    id uuid primary key,
    event uuid not null references events (id),
    name text not null,
    name_folded text not null,
    price bigint not null,
    admits bigint not null,
    quota bigint,
    -- Valid passes: a sale adds to it only while there is one left.
    sold bigint not null default 0,
    on_sale bigint not null,
    version bigint not null,
    unique (event, name_folded)
);

create table passes (
    id uuid primary key,
    event uuid not null references events (id),
    pass_type uuid not null references pass_types (id),
    state text not null,
    issue bigint not null,
    admits bigint not null,
    paid bigint not null,
    payment text not null,
    reference text,
    email text,
    holder text not null,
    issued_by uuid not null references people (id),
    issued_at bigint not null,
    ended_at bigint,
    reason text,
    -- People who entered with it.
    admitted bigint not null default 0,
    version bigint not null
);
create index passes_of_event on passes (event, id);
create index passes_of_type on passes (pass_type);
create index passes_of_issuer on passes (issued_by);

create table pass_holders (
    pass uuid not null references passes (id),
    place bigint not null,
    event uuid not null references events (id),
    name text not null,
    name_folded text not null,
    phone text not null,
    -- Whether the pass is valid: nobody holds two of these for one event.
    valid bigint not null,
    primary key (pass, place)
);
create unique index pass_holders_once on pass_holders (event, name_folded, phone) where valid = 1;

-- The words by which a pass is found: of names, phones and the payment's reference.
create table pass_words (
    pass uuid not null references passes (id),
    word text collate "C" not null,
    primary key (pass, word)
);

-- Digest of the id inside, digest of the readable code, and which issue of which record it is.
create table credentials (
    digest bytea primary key,
    code bytea not null,
    kind text not null,
    record uuid not null,
    issue bigint not null,
    signing_key bytea not null,
    issued_at bigint not null,
    superseded_at bigint,
    unique (record, issue)
);
create index credentials_by_code on credentials (code);
