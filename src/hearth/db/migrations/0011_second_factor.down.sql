drop table accounts.oidc_link;
drop table accounts.oidc_provider;
drop table accounts.quick_connect;
drop table accounts.ceremony;
drop table accounts.passkey;
drop table accounts.recovery_code;
drop table accounts.totp;
