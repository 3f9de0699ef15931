-- The authenticator app of a person: its seed, sealed with the node's key, and the last step whose
-- code was taken, so that none counts twice. Not confirmed yet: being set up.

create table totp (
    person blob primary key references people (id),
    seed blob not null,
    created_at integer not null,
    confirmed_at integer,
    last_step integer not null default 0
) strict;

-- Codes on paper for whoever has lost everything else, by their digests; each counts once.
create table recovery_codes (
    person blob not null references people (id),
    code_digest blob not null,
    created_at integer not null,
    used_at integer,
    primary key (person, code_digest)
) strict;
