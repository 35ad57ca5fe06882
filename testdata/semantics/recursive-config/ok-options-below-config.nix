# expect: nothing
{ options, lib, ... }: { config = lib.optionalAttrs (options ? shop) { boot.quiet = true; }; }
