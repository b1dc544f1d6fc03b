-- Which runs were under way when the server ended? They begin anew.
update run set state = 'waiting', due = :now where state = 'running';
