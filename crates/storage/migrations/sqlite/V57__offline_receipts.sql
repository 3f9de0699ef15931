-- What students' devices scan without a network: their keys, and what they signed.

create table device_keys (
    id blob primary key,
    person blob not null references people (id),
    -- Behind a byte that says of which kind.
    public_key blob not null unique,
    name text not null,
    -- The browser that made it, where it named itself.
    device blob,
    registered_at integer not null,
    -- When it was last heard of, and when the contact before that one ended.
    heard_at integer not null,
    heard_before integer,
    -- Number and hash of the latest receipt.
    sequence integer not null,
    head blob not null,
    version integer not null
) strict;
create index device_keys_of_person on device_keys (person);

-- Facts: those that were refused stay, too.
create table offline_receipts (
    id blob primary key,
    key blob not null references device_keys (id),
    -- Who sent it.
    person blob not null references people (id),
    -- None if its code is of no session here.
    session blob references sessions (id),
    sequence integer not null,
    -- By the device's clock, and how far that was ahead when it sent this.
    scanned_at integer not null,
    ahead integer,
    received_at integer not null,
    -- When its code was on the screen, if it is genuine.
    step integer,
    shown_at integer,
    two_codes integer not null,
    result text not null,
    reason text,
    -- What about it deserves a look, separated by blanks.
    flags text not null,
    address text not null,
    -- As it was sent.
    bytes blob not null
) strict;
create index offline_receipts_of_session on offline_receipts (session, received_at)
    where session is not null;
create index offline_receipts_of_person on offline_receipts (person, received_at);
create index offline_receipts_of_key on offline_receipts (key);
