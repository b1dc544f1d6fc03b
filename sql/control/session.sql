-- Whose session is this, since when, and when was it used last?
select a.id, a.name, a.role, a.last_login, s.begun, s.seen
from session as s
join account as a on a.id = s.account
where s.token = :token;
