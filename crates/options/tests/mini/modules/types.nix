{ lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  any = type: mkOption { inherit type; };
  ini = pkgs.formats.ini { };
  tree = types.submodule {
    options = {
      label = any types.str;
      children = mkOption { type = types.listOf tree; default = [ ]; visible = false; };
    };
  };
in
{
  options.types = {
    bool = any types.bool;
    int = any types.int;
    u8 = any types.ints.u8;
    positive = any types.ints.positive;
    between = any (types.ints.between 3 7);
    port = any types.port;
    float = any types.float;
    number = any types.number;
    lines = any types.lines;
    separated = any (types.separatedString ":");
    nonEmpty = any types.nonEmptyStr;
    matching = any (types.strMatching "[a-z]+");
    path = any types.path;
    package = any types.package;
    enum = any (types.enum [ "a" 1 null true ]);
    nullOr = any (types.nullOr types.int);
    either = any (types.either types.int types.str);
    coerced = any (types.coercedTo types.int toString types.str);
    nonEmptyList = any (types.nonEmptyListOf types.str);
    attrs = any types.attrs;
    anything = any types.anything;
    raw = any types.raw;
    unspecified = mkOption { };
    fun = any (types.functionTo types.bool);
    funSub = any (types.functionTo (types.submodule { options.x = any types.int; }));
    unique = any (types.unique { message = "one"; } types.str);
    uniq = any (types.uniq types.str);
    checked = any (types.addCheck types.int (it: it != 13));
    deferred = any types.deferredModule;
    format = any ini.type;
    atom = any ini.lib.types.atom;
    box = any (lib.hm.types.boxOf (types.submodule { options.data = any types.str; }));
    selector = any lib.hm.types.selector;
    value = any lib.hm.types.value;
    inherit (lib.genAttrs [ "one" "two" ] (name: any (types.enum [ name ]))) one two;
    tag = any (types.attrTag {
      left = any types.int;
      right = any (types.submodule { options.deep = any types.bool; });
    });
    "odd name" = any types.str;
    tree = any tree;
    attrsWith = any (types.attrsWith { elemType = types.int; placeholder = "thing"; });
    eitherSub = any (
      types.either types.str (types.submodule { options.ignored = any types.int; })
    );
  };
}
