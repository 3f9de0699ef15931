-- The authenticator app of a person: its seed, sealed with the node's key, and the last step whose
-- code was taken, so that none counts twice. Not confirmed yet: being set up.

create table totp (
    person uuid primary key references people (id),
    seed bytea not null,
    created_at bigint not null,
    confirmed_at bigint,
    last_step bigint not null default 0
);

-- Codes on paper for whoever has lost everything else, by their digests; each counts once.
create table recovery_codes (
    person uuid not null references people (id),
    code_digest bytea not null,
    created_at bigint not null,
    used_at bigint,
    primary key (person, code_digest)
);
