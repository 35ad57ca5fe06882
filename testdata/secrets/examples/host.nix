{
  users.users.me.initialPassword = "@secret(example)@"; # clean
  services.couchdb.adminPass = "@secret(example2)@"; # clean
}
