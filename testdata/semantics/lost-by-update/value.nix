# expect: lost-by-update
{ lib, ... }: { environment.variables = { A = "1"; } // lib.mkDefault { B = "2"; }; }
