# expect: stray-key
{ lib, ... }: { config = { }; assertions = [ ]; }
