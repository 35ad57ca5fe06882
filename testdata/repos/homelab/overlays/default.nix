# Packages of this house, and small changes to those of nixpkgs.
final: prev: {
  homelab-report = final.callPackage ../pkgs/homelab-report.nix { };

  htop = final.htop.overrideAttrs (old: {
    meta = old.meta // {
      description = "The process viewer, as this house likes it";
    };
  });
}
