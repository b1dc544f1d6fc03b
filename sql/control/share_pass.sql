-- Since when has a browser been let in by a link's password?
select begun from share_pass where token = :token and share = :share;
