# expect: nothing
{ lib, ... }: { environment.variables = { A = "1"; } // { B = lib.mkIf true "2"; }; }
