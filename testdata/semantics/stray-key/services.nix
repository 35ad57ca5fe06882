# expect: stray-key
{ lib, ... }: { config = { }; services.till.enable = true; }
