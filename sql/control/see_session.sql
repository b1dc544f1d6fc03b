-- A session was used.
update session set seen = :now where token = :token;
