-- Makes an account an administrator of the server, or one no longer.
update account set role = :role where id = :id;
