-- Public keys of people's authenticators. `counter` is the authenticator's own count of uses, 0 where
-- it does not count.

create table passkeys (
    id blob primary key,
    person blob not null references people (id),
    credential blob not null,
    public_key blob not null,
    counter integer not null,
    name text not null,
    created_at integer not null,
    last_used_at integer
) strict;
create unique index passkeys_credential on passkeys (credential);
create index passkeys_person on passkeys (person);
