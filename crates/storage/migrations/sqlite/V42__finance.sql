-- Fees, payments, assessments with the share of the fee that each needs, and the word of finance
-- officers on clearances. Amounts are whole numbers of the smallest unit of the institution's
-- currency; what is owed and what is paid is always counted anew from these tables.

create table assessments (
    id blob primary key,
    term blob not null references terms (id),
    code text not null,
    code_folded text not null,
    name text not null,
    required_share integer not null,
    position integer not null,
    active integer not null default 0,
    contested integer not null default 0,
    version integer not null
) strict;
create unique index assessments_code on assessments (term, code_folded) where contested = 0;
create unique index assessments_active on assessments (term) where active = 1 and contested = 0;
create index assessments_of_term on assessments (term, position);

-- The id derives from the four columns after it: the same fee is one on every node.
create table fees (
    id blob primary key,
    term blob not null references terms (id),
    programme blob not null references programmes (id),
    year integer not null,
    semester integer not null,
    amount integer not null,
    version integer not null
) strict;
create index fees_of_term on fees (term, programme, year, semester);

create table payments (
    id blob primary key,
    person blob not null references people (id),
    term blob not null references terms (id),
    amount integer not null,
    kind text not null,
    method text not null,
    receipt text,
    receipt_folded text,
    paid_on integer not null,
    note text,
    state text not null,
    recorded_by blob,
    recorded_at integer not null,
    reversed_by blob,
    reversed_at integer,
    reversal_reason text,
    contested integer not null default 0,
    version integer not null
) strict;
create unique index payments_receipt on payments (receipt_folded) where contested = 0 and receipt_folded is not null;
create index payments_of_person on payments (person, term, state, amount);
create index payments_of_term on payments (term, person, state, amount);
create index payments_by_day on payments (paid_on, id);

create table clearances (
    id blob primary key,
    person blob not null references people (id),
    assessment blob not null references assessments (id),
    cleared integer not null,
    reason text not null,
    until_on integer not null,
    made_by blob,
    made_at integer not null,
    ended_at integer,
    version integer not null
) strict;
create index clearances_of_person on clearances (person, assessment);
create index clearances_of_assessment on clearances (assessment, until_on);

-- In which year and semester of which programme a student was from a day on: what they owe for a
-- term follows from where they stood at its end.
create table study_periods (
    person blob not null references people (id),
    starts_on integer not null,
    programme blob references programmes (id),
    year integer,
    semester integer,
    version integer not null,
    primary key (person, starts_on)
) strict, without rowid;
create index study_periods_of_programme on study_periods (programme, year, semester, person, starts_on);

insert into study_periods (person, starts_on, programme, year, semester, version)
select s.person, p.created_at / 86400000000, s.programme, s.year, s.semester, s.version
from students s join people p on p.id = s.person;
