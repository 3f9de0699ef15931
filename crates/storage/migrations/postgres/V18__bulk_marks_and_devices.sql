-- Marks set for a whole session at once, which can be taken back; whose phone a phone is.

create table bulk_marks (
    id uuid primary key,
    session uuid not null references sessions (id),
    status text not null,
    extent text not null,
    reason text not null,
    marked_by uuid not null,
    at bigint not null,
    changed bigint not null,
    reversed_at bigint,
    reversed_by uuid,
    version bigint not null
);
create index bulk_marks_of_session on bulk_marks (session, at);

-- For each mark that was set: the version it got, and all that stood there before; no status if
-- there was no mark.
create table bulk_mark_items (
    bulk uuid not null references bulk_marks (id),
    person uuid not null,
    mark_version bigint not null,
    status text,
    method text,
    marked_by uuid,
    at bigint,
    step bigint,
    device uuid,
    address text,
    reason text,
    primary key (bulk, person)
);

-- A browser or phone belongs to the student who marked with it first. Its id is a cookie of this
-- node, so this is never replicated.
create table device_bindings (
    device uuid primary key,
    person uuid not null references people (id),
    bound_at bigint not null
);
create index device_bindings_of_person on device_bindings (person);
