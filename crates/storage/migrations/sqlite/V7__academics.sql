-- Faculties, programmes, what they require in which year and semester, and what is known of
-- students besides what is known of everybody.

create table faculties (
    id blob primary key,
    name text not null,
    name_folded text not null,
    archived_at integer,
    contested integer not null default 0,
    version integer not null
) strict;
create unique index faculties_name on faculties (name_folded) where contested = 0;

create table programmes (
    id blob primary key,
    faculty blob references faculties (id),
    code text not null,
    code_folded text not null,
    name text not null,
    name_folded text not null,
    award text,
    total_years integer not null,
    semesters_per_year integer not null,
    archived_at integer,
    contested integer not null default 0,
    version integer not null
) strict;
create unique index programmes_code on programmes (code_folded) where contested = 0;
create index programmes_name on programmes (name_folded);

-- A person's text `programme` stays as it was typed while it names no programme of the list.
create table students (
    person blob primary key references people (id),
    programme blob references programmes (id),
    year integer,
    semester integer,
    enrolment_number text,
    enrolment_number_folded text,
    second_email text,
    guardian_email text,
    contested integer not null default 0,
    version integer not null
) strict;
create unique index students_enrolment_number on students (enrolment_number_folded) where contested = 0 and enrolment_number_folded is not null;
create index students_of_programme on students (programme, year, semester);

-- The id derives from the four columns after it: the same line is one on every node.
create table curriculum (
    id blob primary key,
    programme blob not null references programmes (id),
    course blob not null references courses (id),
    year integer not null,
    semester integer not null,
    version integer not null
) strict;
create index curriculum_of_programme on curriculum (programme, year, semester);
create index curriculum_of_course on curriculum (course);
