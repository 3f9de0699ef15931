-- People, sign-in, academics, sessions and marks.
-- Times are microseconds UTC, dates days since 1970-01-01, booleans 0 or 1, `version` the logical
-- clock of the last change. Every uniqueness but the primary key yields to `contested`, so that a
-- change replicated from another node is never refused.

create table people (
    id blob primary key,
    number text not null,
    number_folded text not null,
    username_folded text,
    email text,
    email_folded text,
    name text not null,
    name_folded text not null,
    title text,
    phone text,
    programme text,
    photo blob,
    active integer not null default 1,
    contested integer not null default 0,
    created_at integer not null,
    version integer not null
) strict;
create unique index people_number on people (number_folded) where contested = 0;
create unique index people_username on people (username_folded) where contested = 0 and username_folded is not null;
create unique index people_email on people (email_folded) where contested = 0 and email_folded is not null;
create index people_name on people (name_folded, id);

create table photos (
    person blob primary key references people (id),
    media_type text not null,
    digest blob not null,
    content blob not null,
    version integer not null
) strict;

create table role_grants (
    id blob primary key,
    person blob not null references people (id),
    role text not null,
    class blob,
    granted_by blob,
    granted_at integer not null,
    ended_at integer,
    contested integer not null default 0,
    version integer not null
) strict;
create unique index role_grants_institution on role_grants (person, role) where contested = 0 and ended_at is null and class is null;
create unique index role_grants_class on role_grants (person, role, class) where contested = 0 and ended_at is null and class is not null;
create index role_grants_of_class on role_grants (class, role) where ended_at is null;

create table passwords (
    person blob primary key references people (id),
    hash text not null,
    set_at integer not null,
    must_change integer not null default 0
) strict;

create table logins (
    id blob primary key,
    person blob not null references people (id),
    token_digest blob not null,
    kind text not null,
    client text not null,
    address text not null,
    created_at integer not null,
    last_seen_at integer not null,
    expires_at integer not null,
    ended_at integer
) strict;
create unique index logins_token on logins (token_digest);
create index logins_person on logins (person, created_at);

create table one_time_codes (
    id blob primary key,
    purpose text not null,
    person blob references people (id),
    code_digest blob not null,
    created_by blob,
    created_at integer not null,
    expires_at integer not null,
    used_at integer
) strict;
create unique index one_time_codes_digest on one_time_codes (code_digest);

-- Failures of sign-in and of codes, counted for all processes together.
create table failures (
    subject text primary key,
    count integer not null,
    last_at integer not null
) strict;

create table settings (
    name text primary key,
    value text not null,
    changed_by blob,
    changed_at integer not null,
    version integer not null
) strict;

create table terms (
    id blob primary key,
    name text not null,
    name_folded text not null,
    starts_on integer not null,
    ends_on integer not null,
    archived_at integer,
    contested integer not null default 0,
    version integer not null
) strict;
create unique index terms_name on terms (name_folded) where contested = 0;

create table courses (
    id blob primary key,
    code text not null,
    code_folded text not null,
    name text not null,
    name_folded text not null,
    credits integer,
    archived_at integer,
    contested integer not null default 0,
    version integer not null
) strict;
create unique index courses_code on courses (code_folded) where contested = 0;

create table classes (
    id blob primary key,
    course blob not null references courses (id),
    term blob not null references terms (id),
    section text not null,
    section_folded text not null,
    room text,
    duration_minutes integer,
    archived_at integer,
    contested integer not null default 0,
    version integer not null
) strict;
create unique index classes_section on classes (course, term, section_folded) where contested = 0;
create index classes_term on classes (term);

create table enrolments (
    id blob primary key,
    class blob not null references classes (id),
    person blob not null references people (id),
    roll_number text not null,
    roll_folded text not null,
    roll_order integer not null,
    status text not null,
    contested integer not null default 0,
    enrolled_at integer not null,
    version integer not null
) strict;
create unique index enrolments_person on enrolments (class, person) where contested = 0;
create unique index enrolments_roll on enrolments (class, roll_folded) where contested = 0 and status = 'active';
create index enrolments_of_person on enrolments (person);

create table meetings (
    id blob primary key,
    class blob not null references classes (id),
    starts_at integer not null,
    ends_at integer not null,
    room text,
    cancelled_at integer,
    version integer not null
) strict;
create index meetings_of_class on meetings (class, starts_at);
create index meetings_by_time on meetings (starts_at);

create table sessions (
    id blob primary key,
    class blob not null references classes (id),
    meeting blob references meetings (id),
    mode text not null,
    methods text not null,
    topic text,
    late_from integer not null,
    opened_by blob not null references people (id),
    opened_at integer not null,
    ends_at integer not null,
    closed_at integer,
    closed_by blob,
    step_seconds integer not null,
    short_id blob not null,
    contested integer not null default 0,
    version integer not null
) strict;
create unique index sessions_open on sessions (class) where closed_at is null and contested = 0;
create index sessions_of_class on sessions (class, opened_at);
create index sessions_due on sessions (ends_at) where closed_at is null;
create index sessions_short on sessions (short_id);

create table marks (
    id blob primary key,
    session blob not null references sessions (id),
    person blob not null references people (id),
    status text not null,
    method text not null,
    marked_by blob,
    at integer not null,
    step integer,
    device blob,
    address text,
    reason text,
    version integer not null
) strict;
create index marks_of_session on marks (session, person);
create index marks_of_person on marks (person, session);

-- Counts over closed sessions; changed by one function alone.
create table tallies (
    class blob not null references classes (id),
    person blob not null references people (id),
    present integer not null,
    late integer not null,
    excused integer not null,
    absent integer not null,
    primary key (class, person)
) strict;
create index tallies_of_person on tallies (person);

create table idempotency (
    digest blob primary key,
    request_digest blob not null,
    status integer not null,
    body text not null,
    created_at integer not null
) strict;
create index idempotency_age on idempotency (created_at);
