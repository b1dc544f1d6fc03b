-- Whom is this link for, and until when?
select a.name, i.expires
from invitation as i
join account as a on a.id = i.account
where i.token = :token;
