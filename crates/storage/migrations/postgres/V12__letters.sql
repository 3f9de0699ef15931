-- Letters by e-mail, written in the transaction of what they tell and sent afterwards. `due_at` is
-- empty once a letter was sent or given up; its text is dropped then. A letter of purpose `reset`
-- has no text: its link is made when it is sent, if the address is somebody's.

create table letters (
    id uuid primary key,
    purpose text not null,
    recipient text not null,
    subject text not null,
    body text not null,
    created_at bigint not null,
    tries bigint not null default 0,
    due_at bigint,
    sent_at bigint,
    failed_at bigint,
    failure text
);
create index letters_due on letters (due_at) where due_at is not null;
create index letters_by_time on letters (created_at, id);
