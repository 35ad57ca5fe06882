# expect: lost-by-update
{ lib, ... }: { config = lib.mkMerge [ { a = 1; } ] // lib.mkMerge [ { b = 1; } ]; }
