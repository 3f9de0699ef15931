-- Holds on people's dockets, the dockets, and dockets for many at once. The credential of a docket
-- stands in credentials, by the docket's id.

create table holds (
    id uuid primary key,
    person uuid not null references people (id),
    reason text not null,
    placed_by uuid,
    placed_at bigint not null,
    lifted_by uuid,
    lifted_at bigint,
    lifting_reason text,
    version bigint not null
);
create index holds_of_person on holds (person, placed_at);
create index holds_by_time on holds (placed_at, id);
create index holds_standing on holds (placed_at, id) where lifted_at is null;

-- The id derives from person and assessment: the same docket is one on every node.
create table dockets (
    id uuid primary key,
    person uuid not null references people (id),
    assessment uuid not null references assessments (id),
    issue bigint not null,
    issued_by uuid,
    issued_at bigint not null,
    -- When the credential is valid: it is drawn again as it was.
    valid_from bigint not null,
    valid_until bigint not null,
    version bigint not null
);
create index dockets_of_person on dockets (person);
create index dockets_of_assessment on dockets (assessment, person);

create table docket_batches (
    id uuid primary key,
    assessment uuid not null references assessments (id),
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
create index docket_batches_working on docket_batches (asked_at) where ended_at is null;
create index docket_batches_of_assessment on docket_batches (assessment, asked_at);
create index docket_batches_of_class on docket_batches (class);

create table docket_batch_people (
    batch uuid not null references docket_batches (id),
    seq bigint not null,
    person uuid not null references people (id),
    outcome text not null,
    -- Sentences, one to a line: why they are not eligible.
    reasons text,
    primary key (batch, seq)
);
create index docket_batch_people_of_person on docket_batch_people (person);
