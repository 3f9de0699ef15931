-- Sessions that were online are few beside those in class: figures by mode look for them alone.
create index sessions_online on sessions (id) where mode = 'online';
