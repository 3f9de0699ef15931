-- Holds on people's dockets, the dockets, and dockets for many at once. The credential of a docket
-- stands in credentials, by the docket's id.

create table holds (
    id blob primary key,
    person blob not null references people (id),
    reason text not null,
    placed_by blob,
    placed_at integer not null,
    lifted_by blob,
    lifted_at integer,
    lifting_reason text,
    version integer not null
) strict;
create index holds_of_person on holds (person, placed_at);
create index holds_by_time on holds (placed_at, id);
create index holds_standing on holds (placed_at, id) where lifted_at is null;

-- The id derives from person and assessment: the same docket is one on every node.
create table dockets (
    id blob primary key,
    person blob not null references people (id),
    assessment blob not null references assessments (id),
    issue integer not null,
    issued_by blob,
    issued_at integer not null,
    -- When the credential is valid: it is drawn again as it was.
    valid_from integer not null,
    valid_until integer not null,
    version integer not null
) strict;
create index dockets_of_person on dockets (person);
create index dockets_of_assessment on dockets (assessment, person);

create table docket_batches (
    id blob primary key,
    assessment blob not null references assessments (id),
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
create index docket_batches_working on docket_batches (asked_at) where ended_at is null;
create index docket_batches_of_assessment on docket_batches (assessment, asked_at);
create index docket_batches_of_class on docket_batches (class);

create table docket_batch_people (
    batch blob not null references docket_batches (id),
    seq integer not null,
    person blob not null references people (id),
    outcome text not null,
    -- Sentences, one to a line: why they are not eligible.
    reasons text,
    primary key (batch, seq)
) strict, without rowid;
create index docket_batch_people_of_person on docket_batch_people (person);
