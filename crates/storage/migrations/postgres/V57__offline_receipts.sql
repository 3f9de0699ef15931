-- What students' devices scan without a network: their keys, and what they signed.

create table device_keys (
    id uuid primary key,
    person uuid not null references people (id),
    -- Behind a byte that says of which kind.
    public_key bytea not null unique,
    name text not null,
    -- The browser that made it, where it named itself.
    device uuid,
    registered_at bigint not null,
    -- When it was last heard of, and when the contact before that one ended.
    heard_at bigint not null,
    heard_before bigint,
    -- Number and hash of the latest receipt.
    sequence bigint not null,
    head bytea not null,
    version bigint not null
);
create index device_keys_of_person on device_keys (person);

-- Facts: those that were refused stay, too.
create table offline_receipts (
    id uuid primary key,
    key uuid not null references device_keys (id),
    -- Who sent it.
    person uuid not null references people (id),
    -- None if its code is of no session here.
    session uuid references sessions (id),
    sequence bigint not null,
    -- By the device's clock, and how far that was ahead when it sent this.
    scanned_at bigint not null,
    ahead bigint,
    received_at bigint not null,
    -- When its code was on the screen, if it is genuine.
    step bigint,
    shown_at bigint,
    two_codes bigint not null,
    result text not null,
    reason text,
    -- What about it deserves a look, separated by blanks.
    flags text not null,
    address text not null,
    -- As it was sent.
    bytes bytea not null
);
create index offline_receipts_of_session on offline_receipts (session, received_at)
    where session is not null;
create index offline_receipts_of_person on offline_receipts (person, received_at);
create index offline_receipts_of_key on offline_receipts (key);
