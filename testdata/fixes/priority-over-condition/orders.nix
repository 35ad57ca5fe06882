# Orders around conditions, merges and priorities.
{ cfg, lib, ... }:
with lib;
{
  services.a.list = mkBefore (mkIf cfg.x [ "first" ]);
  services.b.list = mkMerge [
    (mkAfter (mkMerge [ [ "last" ] [ "end" ] ]))
    (mkBefore (mkAfter [ "early" ]))
    (mkAfter (mkForce [ "forced" ]))
  ];
}
