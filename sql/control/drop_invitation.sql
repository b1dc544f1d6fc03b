-- Takes an account's link away.
delete from invitation where account = :account;
