-- Results: what students reached in assessments of classes. A sheet is the results of a class in one
-- assessment: out of how many whole points, how much it weighs (hundredths of a percent), and whether
-- students see it. Points are hundredths; totals and grades are always worked out anew.

create table result_sheets (
    id blob primary key,
    class blob not null references classes (id),
    assessment blob not null references assessments (id),
    maximum integer not null,
    weight integer not null,
    published_by blob,
    published_at integer,
    -- Why it was withdrawn last.
    withdrawal text,
    version integer not null
) strict;
create unique index result_sheets_once on result_sheets (class, assessment);
create index result_sheets_of_assessment on result_sheets (assessment);

create table results (
    id blob primary key,
    class blob not null references classes (id),
    assessment blob not null references assessments (id),
    person blob not null references people (id),
    state text not null,
    points integer,
    remark text,
    entered_by blob,
    entered_at integer not null,
    version integer not null
) strict;
create unique index results_once on results (class, assessment, person);
create index results_of_person on results (person, class);
create index results_of_assessment on results (assessment, class);

-- Results that were published and that their students are told of, some at a time.
create table untold_results (
    id blob primary key,
    sheet blob not null,
    published_at integer not null,
    after blob not null
) strict;
