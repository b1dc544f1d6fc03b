-- Notes when an account logged in last.
update account set last_login = :now where id = :id;
