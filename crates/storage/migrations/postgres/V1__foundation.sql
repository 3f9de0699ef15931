-- People, sign-in, academics, sessions and marks.
-- Times are microseconds UTC, dates days since 1970-01-01, booleans 0 or 1, `version` the logical
-- clock of the last change. Every uniqueness but the primary key yields to `contested`, so that a
-- change replicated from another node is never refused.

create table people (
    id uuid primary key,
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
    photo uuid,
    active bigint not null default 1,
    contested bigint not null default 0,
    created_at bigint not null,
    version bigint not null
);
create unique index people_number on people (number_folded) where contested = 0;
create unique index people_username on people (username_folded) where contested = 0 and username_folded is not null;
create unique index people_email on people (email_folded) where contested = 0 and email_folded is not null;
create index people_name on people (name_folded, id);

create table photos (
    person uuid primary key references people (id),
    media_type text not null,
    digest bytea not null,
    content bytea not null,
    version bigint not null
);

create table role_grants (
    id uuid primary key,
    person uuid not null references people (id),
    role text not null,
    class uuid,
    granted_by uuid,
    granted_at bigint not null,
    ended_at bigint,
    contested bigint not null default 0,
    version bigint not null
);
create unique index role_grants_institution on role_grants (person, role) where contested = 0 and ended_at is null and class is null;
create unique index role_grants_class on role_grants (person, role, class) where contested = 0 and ended_at is null and class is not null;
create index role_grants_of_class on role_grants (class, role) where ended_at is null;

create table passwords (
    person uuid primary key references people (id),
    hash text not null,
    set_at bigint not null,
    must_change bigint not null default 0
);

create table logins (
    id uuid primary key,
    person uuid not null references people (id),
    token_digest bytea not null,
    kind text not null,
    client text not null,
    address text not null,
    created_at bigint not null,
    last_seen_at bigint not null,
    expires_at bigint not null,
    ended_at bigint
);
create unique index logins_token on logins (token_digest);
create index logins_person on logins (person, created_at);

create table one_time_codes (
    id uuid primary key,
    purpose text not null,
    person uuid references people (id),
    code_digest bytea not null,
    created_by uuid,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);
create unique index one_time_codes_digest on one_time_codes (code_digest);

-- Failures of sign-in and of codes, counted for all processes together.
create table failures (
    subject text primary key,
    count bigint not null,
    last_at bigint not null
);

create table settings (
    name text primary key,
    value text not null,
    changed_by uuid,
    changed_at bigint not null,
    version bigint not null
);

create table terms (
    id uuid primary key,
    name text not null,
    name_folded text not null,
    starts_on bigint not null,
    ends_on bigint not null,
    archived_at bigint,
    contested bigint not null default 0,
    version bigint not null
);
create unique index terms_name on terms (name_folded) where contested = 0;

create table courses (
    id uuid primary key,
    code text not null,
    code_folded text not null,
    name text not null,
    name_folded text not null,
    credits bigint,
    archived_at bigint,
    contested bigint not null default 0,
    version bigint not null
);
create unique index courses_code on courses (code_folded) where contested = 0;

create table classes (
    id uuid primary key,
    course uuid not null references courses (id),
    term uuid not null references terms (id),
    section text not null,
    section_folded text not null,
    room text,
    duration_minutes bigint,
    archived_at bigint,
    contested bigint not null default 0,
    version bigint not null
);
create unique index classes_section on classes (course, term, section_folded) where contested = 0;
create index classes_term on classes (term);

create table enrolments (
    id uuid primary key,
    class uuid not null references classes (id),
    person uuid not null references people (id),
    roll_number text not null,
    roll_folded text not null,
    roll_order bigint not null,
    status text not null,
    contested bigint not null default 0,
    enrolled_at bigint not null,
    version bigint not null
);
create unique index enrolments_person on enrolments (class, person) where contested = 0;
create unique index enrolments_roll on enrolments (class, roll_folded) where contested = 0 and status = 'active';
create index enrolments_of_person on enrolments (person);

create table meetings (
    id uuid primary key,
    class uuid not null references classes (id),
    starts_at bigint not null,
    ends_at bigint not null,
    room text,
    cancelled_at bigint,
    version bigint not null
);
create index meetings_of_class on meetings (class, starts_at);
create index meetings_by_time on meetings (starts_at);

create table sessions (
    id uuid primary key,
    class uuid not null references classes (id),
    meeting uuid references meetings (id),
    mode text not null,
    methods text not null,
    topic text,
    late_from bigint not null,
    opened_by uuid not null references people (id),
    opened_at bigint not null,
    ends_at bigint not null,
    closed_at bigint,
    closed_by uuid,
    step_seconds bigint not null,
    short_id bytea not null,
    contested bigint not null default 0,
    version bigint not null
);
create unique index sessions_open on sessions (class) where closed_at is null and contested = 0;
create index sessions_of_class on sessions (class, opened_at);
create index sessions_due on sessions (ends_at) where closed_at is null;
create index sessions_short on sessions (short_id);

create table marks (
    id uuid primary key,
    session uuid not null references sessions (id),
    person uuid not null references people (id),
    status text not null,
    method text not null,
    marked_by uuid,
    at bigint not null,
    step bigint,
    device uuid,
    address text,
    reason text,
    version bigint not null
);
create index marks_of_session on marks (session, person);
create index marks_of_person on marks (person, session);

-- Counts over closed sessions; changed by one function alone.
create table tallies (
    class uuid not null references classes (id),
    person uuid not null references people (id),
    present bigint not null,
    late bigint not null,
    excused bigint not null,
    absent bigint not null,
    primary key (class, person)
);
create index tallies_of_person on tallies (person);

create table idempotency (
    digest bytea primary key,
    request_digest bytea not null,
    status bigint not null,
    body text not null,
    created_at bigint not null
);
create index idempotency_age on idempotency (created_at);
