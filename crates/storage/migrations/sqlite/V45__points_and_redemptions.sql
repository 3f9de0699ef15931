-- Check-in points, which pass types each gate admits, and every presentation of a credential at a
-- point: those that were refused too.

create table points (
    id blob primary key,
    kind text not null,
    -- What one enters there: of a gate the event.
    scope blob not null,
    name text not null,
    name_folded text not null,
    archived_at integer,
    version integer not null,
    unique (scope, name_folded)
) strict;

-- A pass type without a line here admits at every gate of its event.
create table pass_type_points (
    pass_type blob not null references pass_types (id),
    point blob not null references points (id),
    primary key (pass_type, point)
) strict;
create index pass_type_points_of_point on pass_type_points (point);

create table redemptions (
    id blob primary key,
    point blob not null references points (id),
    scope blob not null,
    -- What the verifier's device calls it.
    nonce text not null,
    -- The kind and the record of the credential; none where what was shown is nobody's.
    kind text,
    record blob,
    direction text not null,
    people integer not null,
    verdict text not null,
    -- Whether people went through: admitted, or let in all the same.
    admitted integer not null,
    -- What the verdict was before somebody overrode it.
    overridden text,
    remaining integer,
    -- The admission before, with already_used.
    previous blob,
    -- With a verdict about a time: superseded at, valid from, expired since.
    moment integer,
    remark text,
    scanned_at integer not null,
    received_at integer not null,
    -- How far the device's clock was ahead, where that had to be corrected.
    clock_off integer,
    -- Whether the credential was withdrawn or replaced after the scan and before it was received.
    ended_since integer not null,
    person blob not null references people (id),
    device blob,
    address text not null,
    undone_at integer,
    undone_by blob references people (id),
    undone_reason text,
    unique (point, nonce)
) strict;
create index redemptions_of_record on redemptions (record, scope, scanned_at)
    where record is not null;
create index redemptions_of_scope on redemptions (scope, scanned_at, id);
create index redemptions_of_person on redemptions (person);
create index redemptions_undone on redemptions (undone_by) where undone_by is not null;
