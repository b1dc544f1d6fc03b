-- Ends a session.
delete from session where token = :token;
