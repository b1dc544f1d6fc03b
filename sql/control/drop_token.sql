-- Revokes a token.
delete from token where id = :id;
