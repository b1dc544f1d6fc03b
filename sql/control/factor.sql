-- What is this account's second factor, and which step was used last?
select secret, step from factor where account = :account;
