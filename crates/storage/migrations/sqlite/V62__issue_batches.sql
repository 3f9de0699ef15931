-- Batches of dockets and of badges are one table: what differs is what is issued. Those of before move
-- with the people in them, and their own tables go.

create table issue_batches (
    id blob primary key,
    -- docket or badge
    kind text not null,
    -- Of dockets: for which.
    assessment blob references assessments (id),
    -- For the students of a class or of a programme, or for all of the staff.
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
create index issue_batches_working on issue_batches (asked_at) where ended_at is null;
create index issue_batches_by_time on issue_batches (kind, asked_at, id);
create index issue_batches_of_assessment on issue_batches (assessment);
create index issue_batches_of_class on issue_batches (class);

create table issue_batch_people (
    batch blob not null references issue_batches (id),
    seq integer not null,
    person blob not null references people (id),
    outcome text not null,
    -- Sentences, one to a line: why they have none.
    reasons text,
    primary key (batch, seq)
) strict, without rowid;
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
