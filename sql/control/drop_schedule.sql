-- Which schedule goes?
delete from schedule where id = :id;
