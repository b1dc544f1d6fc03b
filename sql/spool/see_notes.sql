-- The operator has seen what went wrong.
update note set seen = 1 where seen = 0;
