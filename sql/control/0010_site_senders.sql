-- Schema 10: SHA-256 of the tokens of servers that may pass an address on, a JSON array.
alter table site add column senders text not null default '[]';
