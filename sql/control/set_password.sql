-- Gives an account another password.
update account set password = :password where id = :id;
