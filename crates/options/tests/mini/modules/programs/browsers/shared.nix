{ lib, ... }: {
  options.programs.shared = lib.mkOption { type = with lib.types; attrsOf (either int (listOf str)); default = { }; };
}
