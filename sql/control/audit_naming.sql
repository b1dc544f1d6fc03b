-- Which lines of the audit log have this text in their object?
select id, object from audit where instr(object, :text) > 0;
