-- The journal: every change, and the chain that numbers them.

create table node (
    id blob primary key,
    incarnation integer not null,
    created_at integer not null
) strict;

create table journal (
    id blob primary key,
    act blob not null,
    at integer not null,
    clock integer not null,
    actor blob,
    via text not null,
    action text not null,
    entity text not null,
    entity_id blob not null,
    topic blob,
    before text,
    after text,
    replaced text,
    reason text,
    schema integer not null,
    digest blob not null
) strict;
create index journal_act on journal (act);
create index journal_entity on journal (entity_id, clock);
create index journal_topic on journal (topic, clock) where topic is not null;
create index journal_actor on journal (actor, clock) where actor is not null;
create index journal_clock on journal (clock);
create table journal_order (
    node blob not null,
    incarnation integer not null,
    seq integer not null,
    entry blob not null,
    hash blob not null,
    primary key (node, incarnation, seq)
) strict, without rowid;
create unique index journal_order_entry on journal_order (entry);
