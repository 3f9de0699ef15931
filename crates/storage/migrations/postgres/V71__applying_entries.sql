-- What applying entries of other nodes has to remember.

-- How far the entries of this node's own series were looked at: what it changed itself may free a
-- value, claim a key, settle a conflict.
create table settled (
    node uuid not null,
    incarnation bigint not null,
    seq bigint not null,
    primary key (node, incarnation)
);

-- Which changes took a natural key. Two that did not know of each other make their records one.
create table claims (
    alias uuid not null,
    record uuid not null,
    clock bigint not null,
    entry uuid not null,
    entity text not null,
    -- The claims that it takes over, as its entry names them.
    takes text,
    -- The records that the key names.
    one uuid,
    other uuid,
    primary key (alias, record, clock, entry)
);
create index claims_of_record on claims (record);
create index claims_naming_one on claims (one) where one is not null;
create index claims_naming_other on claims (other) where other is not null;

-- Records that turned out to be another one, which stands for both.
create table redirects (
    entity text not null,
    record uuid not null,
    stands uuid not null,
    -- The session of a mark, by which its entries are found.
    topic uuid,
    primary key (entity, record)
);
create index redirects_of_record on redirects (record);
create index redirects_by_standing on redirects (stands);

-- Records of which something is not here, or that could not be read.
create table pending (
    entity text not null,
    record uuid not null,
    -- The session of a mark.
    topic uuid,
    -- The record that is missing; none if nothing but another change of its own can help.
    waits_for uuid,
    why text not null,
    since bigint not null,
    primary key (entity, record)
);
create index pending_by_missing on pending (waits_for) where waits_for is not null;

-- Changes that lost against one that did not know of them.
create table conflicts (
    entity text not null,
    record uuid not null,
    field text not null,
    kept text not null,
    lost text not null,
    -- What the change wrote, in JSON.
    value text not null,
    lost_actor uuid,
    lost_at bigint not null,
    listed_at bigint not null,
    restored_at bigint,
    restored_by uuid,
    primary key (entity, record, field, lost)
);
create index conflicts_of_record on conflicts (record);
create index conflicts_listed on conflicts (listed_at);

-- Rows that lost a value which one alone may have: few, and looked at whenever it may be free.
create index assessments_contested on assessments (id) where contested = 1;
create index classes_contested on classes (id) where contested = 1;
create index corrections_contested on corrections (id) where contested = 1;
create index courses_contested on courses (id) where contested = 1;
create index enrolments_contested on enrolments (id) where contested = 1;
create index faculties_contested on faculties (id) where contested = 1;
create index payments_contested on payments (id) where contested = 1;
create index people_contested on people (id) where contested = 1;
create index programmes_contested on programmes (id) where contested = 1;
create index role_grants_contested on role_grants (id) where contested = 1;
create index sessions_contested on sessions (id) where contested = 1;
create index terms_contested on terms (id) where contested = 1;

-- Holders of passes that are not valid, or not theirs: whose is next once one is free.
create index pass_holders_beside on pass_holders (event, name_folded, phone) where valid = 0;
