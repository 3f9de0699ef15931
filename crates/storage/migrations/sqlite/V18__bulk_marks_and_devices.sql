-- Marks set for a whole session at once, which can be taken back; whose phone a phone is.

create table bulk_marks (
    id blob primary key,
    session blob not null references sessions (id),
    status text not null,
    extent text not null,
    reason text not null,
    marked_by blob not null,
    at integer not null,
    changed integer not null,
    reversed_at integer,
    reversed_by blob,
    version integer not null
) strict;
create index bulk_marks_of_session on bulk_marks (session, at);

-- For each mark that was set: the version it got, and all that stood there before; no status if
-- there was no mark.
create table bulk_mark_items (
    bulk blob not null references bulk_marks (id),
    person blob not null,
    mark_version integer not null,
    status text,
    method text,
    marked_by blob,
    at integer,
    step integer,
    device blob,
    address text,
    reason text,
    primary key (bulk, person)
) strict, without rowid;

-- A browser or phone belongs to the student who marked with it first. Its id is a cookie of this
-- node, so this is never replicated.
create table device_bindings (
    device blob primary key,
    person blob not null references people (id),
    bound_at integer not null
) strict, without rowid;
create index device_bindings_of_person on device_bindings (person);
