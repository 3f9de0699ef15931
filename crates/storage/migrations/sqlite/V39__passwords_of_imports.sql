-- How many passwords a table of people brings: to be hashed, hashed already, and left out.
alter table imports add column passwords_hashed integer not null default 0;
alter table imports add column passwords_taken integer not null default 0;
alter table imports add column passwords_left integer not null default 0;
