-- Forgets a release that the store holds.
delete from outbox where site = :site and number = :number;
