-- Verifiers' phones: each enrolled by a one-time code, with a key of its own that never leaves it;
-- and what the difference between an offline pack and a later one is found by.

create table verifier_devices (
    id uuid primary key,
    name text not null,
    -- For whom it acts: it may at a door what that person may.
    person uuid not null references people (id),
    -- Its public key, behind a byte that says of which kind.
    public_key bytea not null,
    enrolled_at bigint not null,
    enrolled_by uuid not null,
    seen_at bigint not null,
    -- The pack that it fetched last: for which point, and when.
    pack_point uuid references points (id),
    pack_at bigint,
    -- How many scans waited on it when it was last heard of.
    queued bigint not null,
    revoked_at bigint,
    revoked_by uuid,
    version bigint not null
);
create index verifier_devices_by_time on verifier_devices (enrolled_at, id);
create index verifier_devices_of_person on verifier_devices (person);
create index verifier_devices_of_point on verifier_devices (pack_point) where pack_point is not null;

-- One-time codes, of which there is the digest alone.
create table verifier_codes (
    digest bytea primary key,
    name text not null,
    person uuid not null references people (id),
    made_by uuid not null,
    expires_at bigint not null
);
create index verifier_codes_of_person on verifier_codes (person);
create index verifier_codes_by_end on verifier_codes (expires_at);

create index passes_changed on passes (event, version);
create index redemptions_taken_back on redemptions (scope, undone_at) where undone_at is not null;
