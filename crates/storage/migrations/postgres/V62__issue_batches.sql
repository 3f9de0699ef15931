-- Batches of dockets and of badges are one table: what differs is what is issued. Those of before move
-- with the people in them, and their own tables go.

create table issue_batches (
    id uuid primary key,
    -- docket or badge
    kind text not null,
    -- Of dockets: for which.
    assessment uuid references assessments (id),
    -- For the students of a class or of a programme, or for all of the staff.
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
create index issue_batches_working on issue_batches (asked_at) where ended_at is null;
create index issue_batches_by_time on issue_batches (kind, asked_at, id);
create index issue_batches_of_assessment on issue_batches (assessment);
create index issue_batches_of_class on issue_batches (class);

create table issue_batch_people (
    batch uuid not null references issue_batches (id),
    seq bigint not null,
    person uuid not null references people (id),
    outcome text not null,
    -- Sentences, one to a line: why they have none.
    reasons text,
    primary key (batch, seq)
);
create index issue_batch_people_of_person on issue_batch_people (person);

insert into issue_batches (id, kind, assessment, class, programme, year, total, done, issued, kept,
    refused, asked_by, asked_at, ended_at, failure)
select id, 'docket', assessment, class, programme, year, total, done, issued, kept, refused, asked_by,
    asked_at, ended_at, failure
from docket_batches;
insert into issue_batches (id, kind, class, programme, year, total, done, issued, kept, refused,
    asked_by, asked_at, ended_at, failure)
select id, 'badge', class, programme, year, total, done, issued, kept, refused, asked_by, asked_at,
    ended_at, failure
from badge_batches;
insert into issue_batch_people (batch, seq, person, outcome, reasons)
select batch, seq, person, outcome, reasons from docket_batch_people;
insert into issue_batch_people (batch, seq, person, outcome, reasons)
select batch, seq, person, outcome, reason from badge_batch_people;

drop table docket_batch_people;
drop table docket_batches;
drop table badge_batch_people;
drop table badge_batches;
