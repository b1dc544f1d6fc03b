-- Which sessions does this account have?
select token, begun, seen from session where account = :account order by begun desc, token;
