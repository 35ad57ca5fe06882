# expect: recursive-imports
{ config, lib, ... }: { imports = [ ] ++ lib.optional config.shop.open { boot.quiet = true; }; }
