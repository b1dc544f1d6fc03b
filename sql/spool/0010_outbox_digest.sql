-- Schema 10: a digest of a release and of its place, by which an altered one is known. Empty: from before.
alter table outbox add column digest blob not null default x'';
