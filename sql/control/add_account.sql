-- Adds an account.
insert into account (name, password, role, created) values (:name, :password, :role, :created);
