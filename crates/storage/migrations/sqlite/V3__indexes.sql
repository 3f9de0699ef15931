-- Rows that are looked up in every request, each by an index of its own.

create index role_grants_of_person on role_grants (person) where ended_at is null;
create index enrolments_of_class on enrolments (class, roll_order, roll_folded, status);
create index one_time_codes_of_person on one_time_codes (person) where used_at is null;
