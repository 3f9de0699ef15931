-- Results: what students reached in assessments of classes. A sheet is the results of a class in one
-- assessment: out of how many whole points, how much it weighs (hundredths of a percent), and whether
-- students see it. Points are hundredths; totals and grades are always worked out anew.

create table result_sheets (
    id uuid primary key,
    class uuid not null references classes (id),
    assessment uuid not null references assessments (id),
    maximum bigint not null,
    weight bigint not null,
    published_by uuid,
    published_at bigint,
    -- Why it was withdrawn last.
    withdrawal text,
    version bigint not null
);
create unique index result_sheets_once on result_sheets (class, assessment);
create index result_sheets_of_assessment on result_sheets (assessment);

create table results (
    id uuid primary key,
    class uuid not null references classes (id),
    assessment uuid not null references assessments (id),
    person uuid not null references people (id),
    state text not null,
    points bigint,
    remark text,
    entered_by uuid,
    entered_at bigint not null,
    version bigint not null
);
create unique index results_once on results (class, assessment, person);
create index results_of_person on results (person, class);
create index results_of_assessment on results (assessment, class);

-- Results that were published and that their students are told of, some at a time.
create table untold_results (
    id uuid primary key,
    sheet uuid not null,
    published_at bigint not null,
    after uuid not null
);
