-- Passes a release over from now on, for it cannot be read.
update outbox set torn = 1 where site = :site and number = :number;
