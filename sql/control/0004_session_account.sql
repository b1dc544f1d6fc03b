-- Schema 4: sessions by account, to end all of one person's.
create index session_account on session (account);
