-- Public keys of people's authenticators. `counter` is the authenticator's own count of uses, 0 where
-- it does not count.

create table passkeys (
    id uuid primary key,
    person uuid not null references people (id),
    credential bytea not null,
    public_key bytea not null,
    counter bigint not null,
    name text not null,
    created_at bigint not null,
    last_used_at bigint
);
create unique index passkeys_credential on passkeys (credential);
create index passkeys_person on passkeys (person);
