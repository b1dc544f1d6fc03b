-- The site is gone: so are its releases on their way to the store.
delete from outbox where site = :site;
