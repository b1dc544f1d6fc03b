-- Whose token is this, for what, until when, and when was it used last?
select t.id, t.site, t.scope, t.expires, t.used, a.id, a.name, a.role, a.last_login
from token as t
join account as a on a.id = t.account
where t.token = :token;
