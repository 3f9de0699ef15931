-- The journal: every change, and the chain that numbers them.

create table node (
    id uuid primary key,
    incarnation bigint not null,
    created_at bigint not null
);

create table journal (
    id uuid primary key,
    act uuid not null,
    at bigint not null,
    clock bigint not null,
    actor uuid,
    via text not null,
    action text not null,
    entity text not null,
    entity_id uuid not null,
    topic uuid,
    before text,
    after text,
    replaced text,
    reason text,
    schema bigint not null,
    digest bytea not null,
    -- The transaction that wrote it: the sequencer need not look before the oldest one running.
    tx bigint not null default (pg_current_xact_id()::text::bigint)
);
create index journal_act on journal (act);
create index journal_entity on journal (entity_id, clock);
create index journal_topic on journal (topic, clock) where topic is not null;
create index journal_actor on journal (actor, clock) where actor is not null;
create index journal_clock on journal (clock);
create index journal_tx on journal (tx);
create table journal_order (
    node uuid not null,
    incarnation bigint not null,
    seq bigint not null,
    entry uuid not null,
    hash bytea not null,
    primary key (node, incarnation, seq)
);
create unique index journal_order_entry on journal_order (entry);
