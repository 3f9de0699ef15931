-- Events, the kinds of passes to them, the passes with their holders, and the credentials that
-- were issued for these. Of a credential there is only what finds it: nobody who reads this can
-- make or show one.

create table events (
    id blob primary key,
    name text not null,
    venue text not null,
    doors_at integer not null,
    starts_at integer not null,
    ends_at integer not null,
    capacity integer,
    currency text not null,
    rule text not null,
    -- People on valid passes: a sale adds to it only while there is room.
    taken integer not null default 0,
    created_at integer not null,
    archived_at integer,
    version integer not null
) strict;
create index events_by_start on events (starts_at, id);

create table pass_types (
    id blob primary key,
    event blob not null references events (id),
    name text not null,
    name_folded text not null,
    price integer not null,
    admits integer not null,
    quota integer,
    -- Valid passes: a sale adds to it only while there is one left.
    sold integer not null default 0,
    on_sale integer not null,
    version integer not null,
    unique (event, name_folded)
) strict;

create table passes (
    id blob primary key,
    event blob not null references events (id),
    pass_type blob not null references pass_types (id),
    state text not null,
    issue integer not null,
    admits integer not null,
    paid integer not null,
    payment text not null,
    reference text,
    email text,
    holder text not null,
    issued_by blob not null references people (id),
    issued_at integer not null,
    ended_at integer,
    reason text,
    -- People who entered with it.
    admitted integer not null default 0,
    version integer not null
) strict;
create index passes_of_event on passes (event, id);
create index passes_of_type on passes (pass_type);
create index passes_of_issuer on passes (issued_by);

create table pass_holders (
    pass blob not null references passes (id),
    place integer not null,
    event blob not null references events (id),
    name text not null,
    name_folded text not null,
    phone text not null,
    -- Whether the pass is valid: nobody holds two of these for one event.
    valid integer not null,
    primary key (pass, place)
) strict;
create unique index pass_holders_once on pass_holders (event, name_folded, phone) where valid = 1;

-- The words by which a pass is found: of names, phones and the payment's reference.
create table pass_words (
    pass blob not null references passes (id),
    word text not null,
    primary key (pass, word)
) strict;

-- Digest of the id inside, digest of the readable code, and which issue of which record it is.
create table credentials (
    digest blob primary key,
    code blob not null,
    kind text not null,
    record blob not null,
    issue integer not null,
    signing_key blob not null,
    issued_at integer not null,
    superseded_at integer,
    unique (record, issue)
) strict;
create index credentials_by_code on credentials (code);
