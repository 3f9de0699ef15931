-- What verifiers' phones decided without network, beside the record of each scan; and whatever was
-- odd about a scan, for people to look at and settle.

create table offline_scans (
    redemption blob primary key references redemptions (id),
    device blob not null references verifier_devices (id),
    -- What the phone said, and what the rule said when it was heard of.
    verdict text not null,
    judged text not null,
    pack_issued_at integer not null
) strict;
create index offline_scans_of_device on offline_scans (device);

create table incidents (
    id blob primary key,
    kind text not null,
    -- What is odd, and of a double use the scan that stands against it.
    redemption blob not null references redemptions (id),
    other blob references redemptions (id),
    scope blob not null,
    -- Of what says something of a phone: which.
    device blob references verifier_devices (id),
    made_at integer not null,
    settled_at integer,
    settled_by blob,
    comment text,
    version integer not null,
    unique (redemption, kind)
) strict;
create index incidents_by_time on incidents (made_at, id);
create index incidents_open on incidents (made_at, id) where settled_at is null;
create index incidents_of_other on incidents (other) where other is not null;
create index incidents_of_device on incidents (device, kind) where device is not null;
