-- Corrections and leave with what is attached to them and the lock of a term.

-- Found by the digest of what is in them.
create table attachments (
    digest blob primary key,
    media_type text not null,
    content blob not null,
    stored_at integer not null
) strict;

create table corrections (
    id blob primary key,
    session blob not null references sessions (id),
    class blob not null references classes (id),
    person blob not null references people (id),
    was text,
    wanted text not null,
    reason text not null,
    attachment blob references attachments (digest),
    attachment_name text,
    state text not null,
    asked_at integer not null,
    decided_by blob,
    decided_at integer,
    comment text,
    contested integer not null default 0,
    version integer not null
) strict;
create unique index corrections_open on corrections (session, person) where state = 'asked' and contested = 0;
create index corrections_of_person on corrections (person, id);
create index corrections_of_class on corrections (class, state, id);
create index corrections_of_session on corrections (session);
create index corrections_by_state on corrections (state, id);

create table leaves (
    id blob primary key,
    person blob not null references people (id),
    starts_on integer not null,
    ends_on integer not null,
    reason text not null,
    attachment blob references attachments (digest),
    attachment_name text,
    state text not null,
    asked_by blob not null,
    asked_at integer not null,
    decided_by blob,
    decided_at integer,
    comment text,
    version integer not null
) strict;
create index leaves_of_person on leaves (person, id);
create index leaves_by_state on leaves (state, id);

-- No row, or one without `locked_at`: not locked.
create table term_locks (
    term blob primary key references terms (id),
    locked_at integer,
    locked_by blob,
    reason text not null,
    version integer not null
) strict;


-- Whether a meeting's register was taken.
create index sessions_of_meeting on sessions (meeting) where meeting is not null;
