-- People's own cards, and cards for many at once. The credential of a badge stands in credentials,
-- by the badge's id.

-- The id derives from the person: the same badge is one on every node, however often it is issued.
create table badges (
    id uuid primary key,
    person uuid not null references people (id),
    issue bigint not null,
    issued_by uuid,
    issued_at bigint not null,
    valid_from bigint not null,
    valid_until bigint not null,
    voided_at bigint,
    void_reason text,
    version bigint not null
);
create index badges_of_person on badges (person);

-- For the students of a class or of a programme, or for all of the staff.
create table badge_batches (
    id uuid primary key,
    class uuid references classes (id),
    programme uuid references programmes (id),
    year bigint,
    total bigint not null,
    done bigint not null,
    issued bigint not null,
    kept bigint not null,
    refused bigint not null,
    asked_by uuid not null,
    asked_at bigint not null,
    ended_at bigint,
    failure text
);
create index badge_batches_working on badge_batches (asked_at) where ended_at is null;
create index badge_batches_by_time on badge_batches (asked_at, id);
create index badge_batches_of_class on badge_batches (class);

create table badge_batch_people (
    batch uuid not null references badge_batches (id),
    seq bigint not null,
    person uuid not null references people (id),
    outcome text not null,
    -- Why they have none.
    reason text,
    primary key (batch, seq)
);
create index badge_batch_people_of_person on badge_batch_people (person);

create index role_grants_of_role on role_grants (role, person) where ended_at is null;
