-- Takes all roles at sites from an account.
delete from access where account = :account;
