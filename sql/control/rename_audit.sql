-- Another object for a line of the audit log.
update audit set object = :object where id = :id;
