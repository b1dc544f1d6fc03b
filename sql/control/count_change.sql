-- A site has changed.
update change set number = number + 1;
