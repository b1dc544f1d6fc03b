-- Takes all recovery codes away.
delete from recovery where account = :account;
