-- A student's device can be withdrawn: what its key signs from then on counts for nothing.

alter table device_keys add column withdrawn_at bigint;
-- The student, or somebody in the office.
alter table device_keys add column withdrawn_by uuid;
