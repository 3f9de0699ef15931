-- A role may be held for one event or one assessment; it then says nothing about the institution. And
-- a table of passes may be imported into one event.

alter table role_grants add column event uuid;
alter table role_grants add column assessment uuid;

drop index role_grants_institution;
create unique index role_grants_institution on role_grants (person, role)
    where contested = 0 and ended_at is null and class is null and event is null and assessment is null;
create unique index role_grants_event on role_grants (person, role, event)
    where contested = 0 and ended_at is null and event is not null;
create unique index role_grants_assessment on role_grants (person, role, assessment)
    where contested = 0 and ended_at is null and assessment is not null;
create index role_grants_of_event on role_grants (event) where event is not null;
create index role_grants_of_assessment on role_grants (assessment) where assessment is not null;

alter table imports add column event uuid;
