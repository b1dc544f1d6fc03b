-- Removes an account; its sessions and roles go with it.
delete from account where id = :id;
