# expect: recursive-imports
{ lib, ... }: { services.tills.front = { config, ... }: { imports = lib.optional config.open { }; }; }
