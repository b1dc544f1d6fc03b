-- Is there an account?
select exists (select 1 from account);
