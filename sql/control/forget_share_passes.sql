-- Forgets who was let in too long ago.
delete from share_pass where begun < :before;
