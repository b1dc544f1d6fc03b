-- Takes the second factor away.
delete from factor where account = :account;
