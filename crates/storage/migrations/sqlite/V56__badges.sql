-- People's own cards, and cards for many at once. The credential of a badge stands in credentials,
-- by the badge's id.

-- The id derives from the person: the same badge is one on every node, however often it is issued.
create table badges (
    id blob primary key,
    person blob not null references people (id),
    issue integer not null,
    issued_by blob,
    issued_at integer not null,
    valid_from integer not null,
    valid_until integer not null,
    voided_at integer,
    void_reason text,
    version integer not null
) strict;
create index badges_of_person on badges (person);

-- For the students of a class or of a programme, or for all of the staff.
create table badge_batches (
    id blob primary key,
    class blob references classes (id),
    programme blob references programmes (id),
    year integer,
    total integer not null,
    done integer not null,
    issued integer not null,
    kept integer not null,
    refused integer not null,
    asked_by blob not null,
    asked_at integer not null,
    ended_at integer,
    failure text
) strict;
create index badge_batches_working on badge_batches (asked_at) where ended_at is null;
create index badge_batches_by_time on badge_batches (asked_at, id);
create index badge_batches_of_class on badge_batches (class);

create table badge_batch_people (
    batch blob not null references badge_batches (id),
    seq integer not null,
    person blob not null references people (id),
    outcome text not null,
    -- Why they have none.
    reason text,
    primary key (batch, seq)
) strict, without rowid;
create index badge_batch_people_of_person on badge_batch_people (person);

create index role_grants_of_role on role_grants (role, person) where ended_at is null;
