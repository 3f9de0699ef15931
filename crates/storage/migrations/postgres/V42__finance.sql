-- Fees, payments, assessments with the share of the fee that each needs, and the word of finance
-- officers on clearances. Amounts are whole numbers of the smallest unit of the institution's
-- currency; what is owed and what is paid is always counted anew from these tables.

create table assessments (
    id uuid primary key,
    term uuid not null references terms (id),
    code text not null,
    code_folded text not null,
    name text not null,
    required_share bigint not null,
    position bigint not null,
    active bigint not null default 0,
    contested bigint not null default 0,
    version bigint not null
);
create unique index assessments_code on assessments (term, code_folded) where contested = 0;
create unique index assessments_active on assessments (term) where active = 1 and contested = 0;
create index assessments_of_term on assessments (term, position);

-- The id derives from the four columns after it: the same fee is one on every node.
create table fees (
    id uuid primary key,
    term uuid not null references terms (id),
    programme uuid not null references programmes (id),
    year bigint not null,
    semester bigint not null,
    amount bigint not null,
    version bigint not null
);
create index fees_of_term on fees (term, programme, year, semester);

create table payments (
    id uuid primary key,
    person uuid not null references people (id),
    term uuid not null references terms (id),
    amount bigint not null,
    kind text not null,
    method text not null,
    receipt text,
    receipt_folded text,
    paid_on bigint not null,
    note text,
    state text not null,
    recorded_by uuid,
    recorded_at bigint not null,
    reversed_by uuid,
    reversed_at bigint,
    reversal_reason text,
    contested bigint not null default 0,
    version bigint not null
);
create unique index payments_receipt on payments (receipt_folded) where contested = 0 and receipt_folded is not null;
create index payments_of_person on payments (person, term, state, amount);
create index payments_of_term on payments (term, person, state, amount);
create index payments_by_day on payments (paid_on, id);

create table clearances (
    id uuid primary key,
    person uuid not null references people (id),
    assessment uuid not null references assessments (id),
    cleared bigint not null,
    reason text not null,
    until_on bigint not null,
    made_by uuid,
    made_at bigint not null,
    ended_at bigint,
    version bigint not null
);
create index clearances_of_person on clearances (person, assessment);
create index clearances_of_assessment on clearances (assessment, until_on);

-- In which year and semester of which programme a student was from a day on: what they owe for a
-- term follows from where they stood at its end.
create table study_periods (
    person uuid not null references people (id),
    starts_on bigint not null,
    programme uuid references programmes (id),
    year bigint,
    semester bigint,
    version bigint not null,
    primary key (person, starts_on)
);
create index study_periods_of_programme on study_periods (programme, year, semester, person, starts_on);

insert into study_periods (person, starts_on, programme, year, semester, version)
select s.person, p.created_at / 86400000000, s.programme, s.year, s.semester, s.version
from students s join people p on p.id = s.person;
