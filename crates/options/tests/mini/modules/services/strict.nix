# What stands below is declared in two modules; one is a function with a functor.
{
  __functor = self: { lib, ... }: {
    options.services.strict.first = lib.mkOption { type = lib.types.bool; default = false; };
    imports = [
      { options.services.strict.second = lib.mkEnableOption "it"; }
    ];
  };
}
