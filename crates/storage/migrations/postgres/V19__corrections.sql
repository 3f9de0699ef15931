-- Corrections and leave with what is attached to them and the lock of a term.

-- Found by the digest of what is in them.
create table attachments (
    digest bytea primary key,
    media_type text not null,
    content bytea not null,
    stored_at bigint not null
);

create table corrections (
    id uuid primary key,
    session uuid not null references sessions (id),
    class uuid not null references classes (id),
    person uuid not null references people (id),
    was text,
    wanted text not null,
    reason text not null,
    attachment bytea references attachments (digest),
    attachment_name text,
    state text not null,
    asked_at bigint not null,
    decided_by uuid,
    decided_at bigint,
    comment text,
    contested bigint not null default 0,
    version bigint not null
);
create unique index corrections_open on corrections (session, person) where state = 'asked' and contested = 0;
create index corrections_of_person on corrections (person, id);
create index corrections_of_class on corrections (class, state, id);
create index corrections_of_session on corrections (session);
create index corrections_by_state on corrections (state, id);

create table leaves (
    id uuid primary key,
    person uuid not null references people (id),
    starts_on bigint not null,
    ends_on bigint not null,
    reason text not null,
    attachment bytea references attachments (digest),
    attachment_name text,
    state text not null,
    asked_by uuid not null,
    asked_at bigint not null,
    decided_by uuid,
    decided_at bigint,
    comment text,
    version bigint not null
);
create index leaves_of_person on leaves (person, id);
create index leaves_by_state on leaves (state, id);

-- No row, or one without `locked_at`: not locked.
create table term_locks (
    term uuid primary key references terms (id),
    locked_at bigint,
    locked_by uuid,
    reason text not null,
    version bigint not null
);


-- Whether a meeting's register was taken.
create index sessions_of_meeting on sessions (meeting) where meeting is not null;
