-- How many passwords a table of people brings: to be hashed, hashed already, and left out.
alter table imports
    add column passwords_hashed bigint not null default 0,
    add column passwords_taken bigint not null default 0,
    add column passwords_left bigint not null default 0;
