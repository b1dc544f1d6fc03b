-- Up to which moment have a schedule's runs been asked for?
update schedule set seen = :seen where id = :id;
