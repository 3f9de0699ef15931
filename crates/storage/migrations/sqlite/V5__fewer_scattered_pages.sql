-- People's ids are random, so each mark touched a page of its own in every index by person or by
-- record, and each page goes to the log. A student's marks are found class by class, through its
-- sessions; a mark's entries through its session, which is their topic.

drop index marks_of_person;
drop index journal_entity;
create index journal_entity on journal (entity_id, clock) where entity <> 'mark';
