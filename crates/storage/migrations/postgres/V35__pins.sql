-- How each login came about, the one class to which one by PIN is limited, and the PINs.

alter table logins add column means text not null default 'password';
alter table logins add column class uuid references classes (id);
create index logins_of_class on logins (class) where class is not null;

create table pins (
    person uuid primary key references people (id),
    hash text not null,
    set_at bigint not null
);
