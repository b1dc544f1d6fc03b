-- Uses a recovery code up; no row when there is none such.
delete from recovery where account = :account and code = :code;
