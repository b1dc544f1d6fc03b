-- Removes what was done before a moment.
delete from audit where at < :before;
