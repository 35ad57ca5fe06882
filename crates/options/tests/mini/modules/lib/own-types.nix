{ lib }:
let
  inherit (lib) mkOptionType types;
in
rec {
  # A type that passes on what is below another.
  boxOf =
    inner:
    let
      attrs = types.attrsOf inner;
    in
    mkOptionType {
      name = "boxOf";
      description = "box of ${inner.description}";
      check = builtins.isAttrs;
      inherit (attrs) merge;
      getSubOptions = prefix: inner.getSubOptions (prefix ++ [ "<name>" ]);
      inherit (attrs) getSubModules;
      substSubModules = m: boxOf (inner.substSubModules m);
    };
  selector = mkOptionType {
    name = "selector";
    check = builtins.isFunction;
    merge = lib.mergeOneOption;
  };
  # JSON of sorts: a type that holds itself.
  value =
    with types;
    let
      it =
        nullOr (oneOf [
          bool
          int
          str
          (listOf it)
          (attrsOf it)
        ])
        // {
          description = "value";
        };
    in
    it;
}
